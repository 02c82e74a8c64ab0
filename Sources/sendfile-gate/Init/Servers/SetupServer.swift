import ArgumentParser
import Glibc

/// A web server that init can configure, as Debian packages it.
enum SetupServer: String, CaseIterable, Sendable, ExpressibleByArgument {
    case nginx
    case lighttpd
    case apache

    var title: String { self == .apache ? "Apache" : self.rawValue }

    /// The name of its package and of its service.
    var package: String { self == .apache ? "apache2" : self.rawValue }

    var program: String { "/usr/sbin/\(self.package)" }

    var isInstalled: Bool { access(self.program, X_OK) == 0 }

    /// The command that tests the configuration.
    var test: [String] {
        switch self {
        case .nginx: ["nginx", "-t"]
        case .lighttpd: ["lighttpd", "-tt", "-f", "/etc/lighttpd/lighttpd.conf"]
        case .apache: ["apache2ctl", "configtest"]
        }
    }

    /// The command that prints the configuration in force.
    var dump: [String] {
        switch self {
        case .nginx: ["nginx", "-T"]
        case .lighttpd: ["lighttpd", "-p", "-f", "/etc/lighttpd/lighttpd.conf"]
        case .apache: ["apache2ctl", "-t", "-D", "DUMP_VHOSTS"]
        }
    }

    /// The command that makes the running server read its configuration again, or starts it.
    func reload(withSystemd: Bool) -> [String] {
        guard !withSystemd else { return ["systemctl", "reload-or-restart", self.package] }
        return switch self {
        case .nginx: ["nginx", "-s", "reload"]
        case .lighttpd: ["service", "lighttpd", "reload"]
        case .apache: ["apache2ctl", "graceful"]
        }
    }
}
