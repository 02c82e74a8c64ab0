import CLinux
import Glibc
import SendfileBasics
package import SystemPackage

/// Conversions of a root's path.
enum RootPath {
    /// A root's path from text, which may contain a NUL that would truncate the path.
    static func path(_ text: String, from source: SettingSource) throws(SendfileError) -> FilePath {
        guard !text.utf8.contains(0) else {
            throw SendfileError(
                .invalidRoot, "\(source.name(of: .root)) is \"\(text.printable)\", which holds a NUL; no path does")
        }
        return FilePath(text)
    }

    /// An absolute path without repeated slashes, `.` and a slash at the end (`/` becomes empty); `nil` if it contains
    /// `..`, which web servers resolve differently.
    static func cleaned(_ path: FilePath) -> [UInt8]? {
        let bytes = path.withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: path.length)) }
        var cleaned: [UInt8] = []
        for component in bytes.split(separator: UInt8(ascii: "/")) {
            switch component.withUnsafeBufferPointer({ PathComponent($0) }) {
            case .empty, .current: continue
            case .parent: return nil
            case .name:
                cleaned.append(UInt8(ascii: "/"))
                cleaned.append(contentsOf: component)
            }
        }
        return cleaned
    }

    /// The current path of the directory without symbolic links and `..`, without a slash at the end; `nil` if there is
    /// none.
    static func resolved(_ path: FilePath) -> [UInt8]? {
        guard let resolved = path.withPlatformString({ realpath($0, nil) }) else { return nil }
        defer { free(resolved) }
        return self.cleaned(FilePath(platformString: resolved))
    }

    /// Refuses a root whose path contains symbolic links, because a user who can change one of them controls which
    /// files are served.
    ///
    /// - Throws: ``SendfileError`` with the code ``SendfileError/Code/invalidRoot`` that names the link.
    static func refuseSymbolicLinks(in root: FilePath) throws(SendfileError) {
        var path = FilePath("/")
        for component in root.components {
            path.append(component)
            var status = stat()
            guard path.withPlatformString({ lstat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFLNK else {
                // A missing component is reported when the root is opened.
                continue
            }
            let link = path.string.printable
            throw SendfileError(
                .invalidRoot,
                "the root \"\(root.string.printable)\" leads through the symbolic link \"\(link)\"; use the path that it "
                    + "leads to, or allow it with allowsSymbolicLinksInRoot: true")
        }
    }
}

extension Sendfile {
    /// A root's path from text.
    ///
    /// - Throws: ``SendfileError`` if the text holds a NUL.
    package static func rootPath(_ text: String) throws(SendfileError) -> FilePath {
        try RootPath.path(text, from: .code)
    }
}
