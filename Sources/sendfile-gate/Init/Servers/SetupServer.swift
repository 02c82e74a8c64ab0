import ArgumentParser
import Glibc

/// A web server that init can configure, as Debian packages it.
enum SetupServer: String, CaseIterable, Sendable, ExpressibleByArgument {
    case nginx
    case lighttpd
    case apache

    /// Also accepts the names of Apache's package and program.
    init?(argument: String) {
        self.init(rawValue: ["apache2", "httpd"].contains(argument) ? Self.apache.rawValue : argument)
    }

    var title: String { self == .apache ? "Apache" : self.rawValue }

    /// The name of its package and of its service.
    var package: String { self == .apache ? "apache2" : self.rawValue }

    var program: String { "/usr/sbin/\(self.package)" }

    var isInstalled: Bool { access(self.program, X_OK) == 0 }

    /// The web server that the option names, the only one that is installed, or the answer to a question.
    static func choose(_ option: SetupServer?, _ questions: SetupQuestions) throws -> SetupServer {
        let installed = Self.allCases.filter(\.isInstalled)
        guard !installed.isEmpty else {
            throw GateError(
                .unavailable,
                "neither nginx nor lighttpd nor Apache is installed: apt install nginx   (or lighttpd, or apache2 "
                    + "libapache2-mod-xsendfile)")
        }
        let server = try option ?? (installed.count == 1 ? installed[0] : questions.server(installed))
        guard installed.contains(server) else {
            throw GateError(
                .usage,
                "--server is \(server.rawValue), which is not installed: apt install \(server.package)   (installed: "
                    + "\(installed.map(\.rawValue).joined(separator: ", ")))")
        }
        return server
    }

    /// The file that init makes for it.
    var ownFile: String {
        switch self {
        case .nginx: "/etc/nginx/snippets/sendfile-gate.conf"
        case .lighttpd: "/etc/lighttpd/conf-available/90-sendfile-gate.conf"
        case .apache: "/etc/apache2/conf-available/sendfile-gate.conf"
        }
    }

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

    /// The command that prints the server's last words.
    var journal: [String] { ["journalctl", "--unit", self.package, "--lines", "10", "--no-pager", "--output", "cat"] }

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
