import Glibc
import Sendfile
import SendfileBasics

/// The arguments of a program that runs behind a web server for development.
struct DevelopmentOptions {
    /// The first argument of the command.
    static let command = "--development"

    private(set) var host = "127.0.0.1"
    /// 0 for any free port.
    private(set) var port: UInt16 = 0
    /// `nil` for the first one that is installed.
    private(set) var server: DevelopmentWebServer?
    private(set) var streams = false
    /// The user that the web server names, as if it had authenticated one.
    private(set) var user: String?
    private(set) var wantsHelp = false

    /// Reads the arguments after the program's name; `nil` if none of them is the command. Arguments after `--` are the program's
    /// own.
    init?(_ arguments: ArraySlice<String>) throws(DevelopmentError) {
        guard arguments.first == Self.command else {
            guard !arguments.prefix(while: { $0 != "--" }).contains(Self.command) else {
                throw .usage(
                    "\(Self.command) is not the first argument; write it first, and arguments of the program itself after \"--\""
                )
            }
            return nil
        }
        var rest = arguments.dropFirst()
        if rest.first == "--help" || rest.first == "-h" {
            self.wantsHelp = true
            return
        }
        guard let place = rest.popFirst(), place != "--" else {
            throw .usage("\(Self.command) needs a port, such as 8080; 0 takes a free one")
        }
        try self.read(place: place)
        while let option = rest.popFirst(), option != "--" {
            switch option {
            case "--server":
                let name = rest.popFirst() ?? ""
                guard let server = DevelopmentWebServer(rawValue: name) else {
                    throw .usage("--server is \"\(name.printable)\"; it must be one of \(DevelopmentWebServer.names)")
                }
                self.server = server
            case "--stream": self.streams = true
            case "--user":
                let name = rest.popFirst() ?? ""
                guard !name.isEmpty, name.utf8.allSatisfy(\.isPlainInNames) else {
                    throw .usage(
                        "--user is \"\(name.printable)\"; it must be a name of letters, digits, \".\", \"_\", \"-\" and \"@\""
                    )
                }
                self.user = name
            case "--help", "-h": self.wantsHelp = true
            default:
                throw .usage(
                    "\(option.printable) is not an option of \(Self.command); see \(Self.command) --help, and write arguments "
                        + "of the program itself after \"--\"")
            }
        }
    }

    /// Reads a port, or a host and a port.
    private mutating func read(place: String) throws(DevelopmentError) {
        if let port = UInt16(place) {
            self.port = port
        } else if case .tcp(let host, _)? = ListenAddress(place)?.kind, Self.isLinkLocal(host) {
            throw .usage(
                "\(Self.command) is \"\(place.printable)\", a link-local address, whose interface not every web server's "
                    + "configuration can name; give another address of this machine")
        } else if case .tcp(let host, let port)? = ListenAddress(place)?.kind, host.utf8.allSatisfy(\.isPlainInHosts) {
            (self.host, self.port) = (host, port)
        } else {
            throw .usage(
                "\(Self.command) is \"\(place.printable)\", which is not a port, host:port or [::1]:port; give one of these, such "
                    + "as 8080")
        }
    }

    /// Whether an IPv6 address, with or without the name of its interface, is link-local (`fe80::/10`).
    private static func isLinkLocal(_ host: String) -> Bool {
        guard let bytes = NumericAddress.bytes(host.prefix { $0 != "%" }), bytes.count == 16 else { return false }
        return bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
    }

    /// For a program that was started without a socket.
    static let hint = "To see it in a browser on this machine, start it with \(Self.command) 8080."

    static func help(program: String) -> String {
        """
        usage: \(program) \(Self.command) [HOST:]PORT [--server NAME] [--stream] [--user NAME] [-- ARGUMENT...]

        Runs the program behind a web server with a generated configuration, and prints the site's address. The web server
        ends with the program. For development, not for production.

          [HOST:]PORT    the address of the site; the host is 127.0.0.1 by default, and port 0 takes a free port
          --server NAME  \(DevelopmentWebServer.names); by default the first of these that is installed
          --stream       the program sends the files' bytes; by default the web server does
          --user NAME    the user of every request, as if the web server had asked for a password
          --             the arguments after it are the program's own
        """
    }
}

extension UInt8 {
    /// Whether the byte is an ASCII letter or digit, `.` or `-`, which have no special meaning in any web server's configuration.
    private var isPlain: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Whether the byte may be part of a host's name or address.
    fileprivate var isPlainInHosts: Bool { self.isPlain || self == UInt8(ascii: ":") }

    /// Whether the byte may be part of a user's name.
    fileprivate var isPlainInNames: Bool { self.isPlain || self == UInt8(ascii: "_") || self == UInt8(ascii: "@") }

    /// Whether the byte may be part of the directory's path.
    var isPlainInPaths: Bool { self.isPlain || self == UInt8(ascii: "_") || self == UInt8(ascii: "/") }
}
