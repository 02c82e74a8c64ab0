import CLinux
import Glibc

/// Finds a file to request if `--file` is not given.
enum SampleFile {
    /// Returns the largest of the first thousand files below a root, at most four directories deep.
    static func find(in root: String) throws -> String {
        var directories = [(path: root, depth: 0)]
        var best: (path: String, size: Int)?
        var seen = 0
        while !directories.isEmpty, seen < 1000 {
            let directory = directories.removeFirst()
            for name in Self.names(in: directory.path) where !name.hasPrefix(".") {
                seen += 1
                let path = "\(directory.path)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0 else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR where directory.depth < 4: directories.append((path, directory.depth + 1))
                // Up to 64 MiB: large enough to tell which program sends it, and fast to transfer.
                case S_IFREG where status.st_size <= 64 << 20 && access(path, R_OK) == 0:
                    if status.st_size > best?.size ?? 0 { best = (path, status.st_size) }
                default: continue
                }
            }
        }
        guard let best else {
            let option = MissingVolume.mount(root) == nil ? "; name one with --file" : ""
            throw CheckFailure(
                .unusable, "\(root) contains no file to request\(option)\(MissingVolume.hint(root))")
        }
        return best.path
    }

    static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names.sorted()
    }
}
