import Glibc
import SystemPackage

/// Where things are, from the process environment.
///
/// | variable | meaning | default |
/// |---|---|---|
/// | `SENDFILE_ROOT` | the folder with a folder for each team | none |
/// | `DOWNLOADS_USERS` | the users file | `users` beside the program |
/// | `DOWNLOADS_STATE` | a directory for keys and the log of activity, made if missing | `state` beside the program |
/// | `DOWNLOADS_UPLOAD_BYTES` | the most bytes of the files in a form | 63 MiB |
/// | `DOWNLOADS_ADDRESSES` | whose the addresses are that the web server tells: `clients`, or `proxy` | `clients` |
struct Settings {
    let root: FilePath
    let users: FilePath
    let state: FilePath
    let uploadLimit: Int64
    /// Whether the addresses that the web server tells are those of clients, and not of a proxy that all clients share.
    var hasClientAddresses = true
}

extension Settings {
    /// Reads the environment.
    init() throws {
        guard let root = Self.environment("SENDFILE_ROOT") else {
            throw SetupError("SENDFILE_ROOT is not set: it names the folder that holds a folder for each team")
        }
        let program = try FilePath("/proc/self/exe").target().removingLastComponent()
        // With the rest of the form, that is less than the 64 MiB that the web servers of conf/ take.
        let limit = Self.environment("DOWNLOADS_UPLOAD_BYTES") ?? String(63 << 20)
        guard let bytes = Int64(limit), (1...1 << 50).contains(bytes) else {
            throw SetupError("DOWNLOADS_UPLOAD_BYTES is \"\(limit)\", which is not a number of bytes from 1 on")
        }
        let addresses = Self.environment("DOWNLOADS_ADDRESSES") ?? "clients"
        guard ["clients", "proxy"].contains(addresses) else {
            throw SetupError("DOWNLOADS_ADDRESSES is \"\(addresses)\", which is neither clients nor proxy")
        }
        self.init(
            root: FilePath(root),
            users: Self.environment("DOWNLOADS_USERS").map { FilePath($0) } ?? program.appending("users"),
            state: Self.environment("DOWNLOADS_STATE").map { FilePath($0) } ?? program.appending("state"),
            uploadLimit: bytes, hasClientAddresses: addresses == "clients")
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension FilePath {
    /// Where a symbolic link leads.
    fileprivate func target() throws -> FilePath {
        let bytes = [CChar](unsafeUninitializedCapacity: Int(PATH_MAX) + 1) { buffer, count in
            let length = self.withPlatformString { readlink($0, buffer.baseAddress!, buffer.count - 1) }
            count = max(0, length)
        }
        guard !bytes.isEmpty else { throw SetupError("\(self): \(Errno(rawValue: errno))") }
        return FilePath(platformString: bytes + [0])
    }
}
