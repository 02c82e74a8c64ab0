import CLinux
import Glibc

/// mod_xsendfile as it is installed on this machine.
enum ApacheModule {
    /// Where Debian has it, and where Red Hat and its kind have it.
    private static let paths = [
        "/usr/lib/apache2/modules/mod_xsendfile.so", "/usr/lib64/httpd/modules/mod_xsendfile.so",
    ]

    /// The module of this machine that decodes `%` in the paths that it is given, unless `XSendFileUnescape off` is set; `nil` if there is
    /// no such module. Version 0.12 decodes nothing and does not know the directive; all later ones do both.
    static var decoding: String? { Self.paths.first { Self.knowsUnescape($0) } }

    /// Whether a file has the directive's name in it.
    static func knowsUnescape(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // The module has some 40 KB.
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(descriptor, &bytes, bytes.count)
        let name = Array("XSendFileUnescape".utf8)
        guard count >= name.count else { return false }
        return bytes.withUnsafeBytes { memmem($0.baseAddress!, count, name, name.count) != nil }
    }
}
