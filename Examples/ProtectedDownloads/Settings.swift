import Glibc
import ObjectStorage
import SystemPackage

/// The settings of the site, from the process environment.
///
/// | variable | meaning | default |
/// |---|---|---|
/// | `SENDFILE_ROOT` | the directory that contains a folder for each team | none |
/// | `DOWNLOADS_USERS` | the users file | `users` beside the program |
/// | `DOWNLOADS_STATE` | a directory for keys and the activity log, created if missing | `state` beside the program |
/// | `DOWNLOADS_UPLOAD_BYTES` | the maximum size of all files in a form | 63 MiB |
/// | `DOWNLOADS_BUCKET` | the bucket of an object store that contains the files, in place of the directory | none |
/// | `DOWNLOADS_STORE` | the URL of that store, which has the interface of S3 | none |
/// | `DOWNLOADS_REGION` | the region of that store | `us-east-1` |
/// | `DOWNLOADS_ARRIVED` | the file that `sendfile-gate downloads --csv --follow` writes, which tells what has arrived | none |
/// | `DOWNLOADS_ADDRESSES` | whether `REMOTE_ADDR` is the client's (`clients`) or a proxy's (`proxy`) | `clients` |
struct Settings {
    /// Empty if a bucket contains the files.
    let root: FilePath
    var bucket: Bucket?
    let users: FilePath
    let state: FilePath
    let uploadLimit: Int64
    /// Whether `REMOTE_ADDR` is the client's address, and not that of a proxy that all clients share.
    var hasClientAddresses = true
    /// The file that tells what has arrived of downloads; `nil` without one.
    var arrivals: FilePath?

    /// A bucket of an object store.
    struct Bucket {
        let name: String
        let endpoint: String
        let region: String
        /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` by default.
        var credentials = ObjectStoreCredentials.environment
    }
}

extension Settings {
    /// Reads the environment.
    init() throws {
        let bucket = try Self.environment("DOWNLOADS_BUCKET").map { name in
            guard let endpoint = Self.environment("DOWNLOADS_STORE") else {
                throw SetupError("DOWNLOADS_STORE is not set: set it to the URL of the store with the bucket \(name)")
            }
            return Bucket(name: name, endpoint: endpoint, region: Self.environment("DOWNLOADS_REGION") ?? "us-east-1")
        }
        guard let root = bucket == nil ? Self.environment("SENDFILE_ROOT") : "" else {
            throw SetupError("SENDFILE_ROOT is not set: set it to the directory that contains a folder for each team")
        }
        let program = try FilePath("/proc/self/exe").target().removingLastComponent()
        // Together with the rest of the form, this is less than the 64 MiB that the web servers of conf/ accept.
        let limit = Self.environment("DOWNLOADS_UPLOAD_BYTES") ?? String(63 << 20)
        guard let bytes = Int64(limit), (1...1 << 50).contains(bytes) else {
            throw SetupError("DOWNLOADS_UPLOAD_BYTES is \"\(limit)\", which is not a number of bytes from 1 on")
        }
        let addresses = Self.environment("DOWNLOADS_ADDRESSES") ?? "clients"
        guard ["clients", "proxy"].contains(addresses) else {
            throw SetupError("DOWNLOADS_ADDRESSES is \"\(addresses)\", which is neither clients nor proxy")
        }
        self.init(
            root: FilePath(root), bucket: bucket,
            users: Self.environment("DOWNLOADS_USERS").map { FilePath($0) } ?? program.appending("users"),
            state: Self.environment("DOWNLOADS_STATE").map { FilePath($0) } ?? program.appending("state"),
            uploadLimit: bytes, hasClientAddresses: addresses == "clients",
            arrivals: Self.environment("DOWNLOADS_ARRIVED").map { FilePath($0) })
    }

    /// The place of the files.
    var storage: any FileStorage {
        get throws {
            guard let bucket else { return try FileLibrary(root: self.root) }
            #if ObjectStorageClient
                return try ObjectLibrary(bucket)
            #else
                throw SetupError("DOWNLOADS_BUCKET is set: build the program with the trait ObjectStorageClient")
            #endif
        }
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension FilePath {
    /// The target of a symbolic link.
    fileprivate func target() throws -> FilePath {
        let bytes = [CChar](unsafeUninitializedCapacity: Int(PATH_MAX) + 1) { buffer, count in
            let length = self.withPlatformString { readlink($0, buffer.baseAddress!, buffer.count - 1) }
            count = max(0, length)
        }
        guard !bytes.isEmpty else { throw SetupError("\(self): \(Errno(rawValue: errno))") }
        return FilePath(platformString: bytes + [0])
    }
}
