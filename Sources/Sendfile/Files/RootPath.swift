import CLinux
import Glibc
package import SystemPackage

/// What is looked at in the path of a root besides what every root needs.
package enum RootPath {
    /// Refuses a root whose path leads through symbolic links: whoever may change one of them chooses what is served.
    ///
    /// - Throws: ``SendfileError`` with the code ``SendfileError/Code/invalidRoot`` that names the link.
    package static func refuseSymbolicLinks(in root: FilePath) throws(SendfileError) {
        var path = FilePath("/")
        for component in root.components {
            path.append(component)
            var status = stat()
            guard path.withPlatformString({ lstat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFLNK else {
                // What is missing is found out, and said, when the root is opened.
                continue
            }
            let link = path.string.printable
            throw SendfileError(
                .invalidRoot,
                "the root \"\(root.string.printable)\" leads through the symbolic link \"\(link)\"; give the path that it "
                    + "leads to, or allow it with allowsSymbolicLinksInRoot: true")
        }
    }
}
