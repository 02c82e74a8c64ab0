import Glibc
import Sendfile

/// A web server that a program can start for development.
enum DevelopmentWebServer: String, CaseIterable {
    case lighttpd, nginx, caddy, apache

    /// The names, in the order of preference.
    static var names: String { Self.allCases.map(\.rawValue).joined(separator: ", ") }

    /// The name of the product.
    var name: String {
        switch self {
        case .lighttpd, .nginx: self.rawValue
        case .caddy: "Caddy"
        case .apache: "Apache"
        }
    }

    /// The file name of the program.
    var program: String { self == .apache ? "apache2" : self.rawValue }

    /// Debian's packages.
    var packages: String { self == .apache ? "apache2-bin libapache2-mod-xsendfile" : self.rawValue }

    /// The arguments with which the program prints its version on standard output. nginx prints it on standard error, where Caddy
    /// prints warnings.
    var versionArguments: String {
        switch self {
        case .lighttpd, .apache: "-v"
        case .nginx: "-v 2>&1"
        case .caddy: "version 2>/dev/null"
        }
    }

    /// The response field by which it accepts a file.
    var field: String { self == .nginx ? "X-Accel-Redirect" : "X-Sendfile" }

    /// Whether its processes refuse to run as root.
    var refusesRoot: Bool { self == .apache }

    /// Whether a line of its error log only says that it runs.
    @Sendable func isUsualMessage(_ line: Substring) -> Bool {
        switch self {
        case .lighttpd: line.contains("server started (")
        case .caddy: line.contains(#""level":"info""#) || line.contains(#""level":"warn""#)
        case .nginx: false
        case .apache: line.contains(":notice]")
        }
    }
}

/// A web server that is installed on this machine.
struct InstalledWebServer {
    /// Not every user's `PATH` contains the directories of servers.
    private static let furtherDirectories: [Substring] = ["/usr/local/sbin", "/usr/sbin", "/sbin"]

    /// The directory of Apache's modules on Debian.
    static let apacheModules = "/usr/lib/apache2/modules"

    let server: DevelopmentWebServer
    /// The path of its program.
    let path: String
    /// Whether the program sends the bytes.
    let streams: Bool

    /// Finds a web server, or the first one that is installed.
    init(_ server: DevelopmentWebServer?, streams: Bool) throws(DevelopmentError) {
        let candidates = server.map { [$0] } ?? DevelopmentWebServer.allCases
        let found = candidates.lazy.compactMap { server in Self.path(of: server.program).map { (server, $0) } }.first
        guard let found else {
            let names = candidates.map(\.name).joined(separator: ", ")
            throw .unavailable(
                "none of these web servers is in PATH or /usr/sbin: \(names); install one, as root: "
                    + "apt install --no-install-recommends \(candidates[0].packages)")
        }
        (self.server, self.path) = found
        self.streams = streams || self.server.refusesRoot && geteuid() == 0
        if self.server == .apache, !self.streams, access("\(Self.apacheModules)/mod_xsendfile.so", R_OK) != 0 {
            throw .unavailable(
                "Apache needs mod_xsendfile to send files; add --stream, or install it, as root: "
                    + "apt install --no-install-recommends libapache2-mod-xsendfile")
        }
    }

    private static func path(of program: String) -> String? {
        let directories = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":")
        return (directories + Self.furtherDirectories).map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    /// The version, such as `1.4.69`; empty if the web server does not print one.
    var version: String {
        guard !self.path.contains("'"),
            let stream = popen("'\(self.path)' \(self.server.versionArguments) </dev/null", "re")
        else { return "" }
        defer { pclose(stream) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), stream) != nil else { return "" }
        let text = line.lazy.map { UInt8(bitPattern: $0) }.prefix { $0 != 0 }
        func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        let version = text.drop { !isDigit($0) }.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
        return String(decoding: version, as: UTF8.self)
    }
}
