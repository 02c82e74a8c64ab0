import CLinux
import Glibc

/// The mod_xsendfile installed on this machine.
enum ApacheModule {
    /// The paths of Debian, and of Red Hat and related distributions.
    private static let paths = [
        "/usr/lib/apache2/modules/mod_xsendfile.so", "/usr/lib64/httpd/modules/mod_xsendfile.so",
    ]

    /// The path of an installed module that decodes `%` in paths unless `XSendFileUnescape off` is set; `nil` if there
    /// is none. Version 0.12 decodes nothing and does not know the directive; all later versions do both.
    static var decoding: String? { Self.paths.first { Self.knowsUnescape($0) } }

    /// Whether a module's file contains the directive's name.
    static func knowsUnescape(_ path: String) -> Bool { Self.contains("XSendFileUnescape", path) }

    private static let available = "/etc/apache2/mods-available"
    private static let enabled = "/etc/apache2/mods-enabled"

    /// The modules that are installed on Debian and not enabled, and that know a directive.
    static func missing(for directive: String) -> [String] {
        SampleFile.names(in: Self.available).filter { $0.hasSuffix(".load") }.sorted().filter { name in
            guard access("\(Self.enabled)/\(name)", F_OK) != 0 else { return false }
            return ApacheSyntax.read("\(Self.available)/\(name)").contains { line in
                guard line.name.lowercased() == "loadmodule", let file = line.words.last else { return false }
                return Self.contains(directive, file)
            }
        }.map { String($0.dropLast(5)) }
    }

    /// The directive in `Invalid command 'XSendFile', perhaps misspelled or defined by a module not included …`.
    static func unknownDirective(in message: String) -> String? {
        guard let start = message.firstRange(of: "Invalid command '")?.upperBound else { return nil }
        return String(message[start...].prefix { $0 != "'" })
    }

    /// Whether a file contains a name as a text of its own.
    private static func contains(_ text: String, _ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // Most modules have a size of less than 100 KB.
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(descriptor, &bytes, bytes.count)
        let name = [0] + Array(text.utf8) + [0]
        guard count >= name.count else { return false }
        return bytes.withUnsafeBytes { memmem($0.baseAddress!, count, name, name.count) != nil }
    }
}
