import CLinux
import Glibc

/// Files of a root that differ from the checked one: one of each extension, and one of each directory.
enum Samples {
    /// The most files.
    private static let most = 24
    /// The most entries that are looked at.
    private static let mostEntries = 5_000

    static func find(_ target: Target) -> [String] {
        guard let root = target.root, let top = CheckedFile.resolved(root) else { return [] }
        var directories = [(path: root, depth: 0)]
        var seen: Set<String> = [".\(Self.suffix(target.file.name))", target.file.directory]
        var files: [String] = []
        var count = 0
        var longest: String?
        while !directories.isEmpty, count < Self.mostEntries, files.count < Self.most {
            let directory = directories.removeFirst()
            for name in SampleFile.names(in: directory.path) where !name.hasPrefix(".") && files.count < Self.most {
                count += 1
                let path = "\(directory.path)/\(name)"
                var status = stat()
                // Symbolic links are followed. One that leaves the root may be there on purpose, and no link returns it.
                guard stat(path, &status) == 0, status.st_mode & 0o777 != 0,
                    CheckedFile.resolved(path)?.hasPrefix("\(top)/") == true
                else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR where directory.depth < 4: directories.append((path, directory.depth + 1))
                case S_IFREG where status.st_size > 0 && status.st_size <= 64 << 20 && access(path, R_OK) == 0:
                    if path.utf8.count > longest?.utf8.count ?? 0 { longest = path }
                    let isNew = seen.insert(".\(Self.suffix(name))").inserted
                    if seen.insert(directory.path).inserted || isNew { files.append(path) }
                default: continue
                }
            }
        }
        // A limit of the request line concerns long names only.
        if let longest, !files.contains(longest), longest != target.file.path { files.append(longest) }
        return files
    }

    /// The extension with its dot, in lower case.
    private static func suffix(_ name: String) -> String {
        name.lastIndex(of: ".").map { String(name[$0...]).lowercased() } ?? ""
    }
}
