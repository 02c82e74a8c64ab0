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

    /// Whether a file contains the directive's name.
    static func knowsUnescape(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // The module has a size of about 40 KB.
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(descriptor, &bytes, bytes.count)
        let name = Array("XSendFileUnescape".utf8)
        guard count >= name.count else { return false }
        return bytes.withUnsafeBytes { memmem($0.baseAddress!, count, name, name.count) != nil }
    }
}
