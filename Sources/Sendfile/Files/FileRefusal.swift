import Logging
import SystemPackage

/// The reason why a path does not lead to a file. The response is 404; only the log contains the reason.
enum FileRefusal: Error, Hashable {
    case emptyPath
    case absolutePath
    case nul
    case parentComponent
    case emptyComponent
    case namesDirectory
    case pathTooLong
    case missing
    case leavesRoot
    case linkLoop
    case accessDenied
    case notRegularFile
    /// The name of a file to be deleted is a symbolic link, or now belongs to another file.
    case nameOfAnother
    case directoryNotWritable
    /// The root's directory was deleted, or its file system is gone, and its path leads to no other directory. The response
    /// is 503, because the directory may be restored soon.
    case rootIsGone
    /// The handle of a directory or a file is no longer valid on the file server (ESTALE), nor after the path was resolved
    /// once more. The response is 503.
    case staleHandle
    /// A failure of the system that says nothing about the file, such as too many open descriptors; not answered with
    /// 404.
    case system(Errno)

    /// The refusal for an error of openat2(2) or openat(2).
    init(_ errno: Errno) {
        switch errno {
        case .noSuchFileOrDirectory, .notDirectory: self = .missing
        case .fileNameTooLong: self = .pathTooLong
        case .improperLink: self = .leavesRoot
        case .tooManySymbolicLinkLevels: self = .linkLoop
        case .permissionDenied, .notPermitted: self = .accessDenied
        // A socket, or a device file without a device.
        case .noSuchAddressOrDevice, .operationNotSupportedByDevice, .isDirectory: self = .notRegularFile
        case .staleNFSFileHandle: self = .staleHandle
        default: self = .system(errno)
        }
    }

    /// Whether the reason concerns the system and not the file.
    var isAboutTheSystem: Bool {
        switch self {
        case .system, .rootIsGone, .staleHandle: true
        default: false
        }
    }

    /// The log level: a missing file is common, a file without read permission must be fixed by the operator, and other
    /// reasons deserve attention.
    var logLevel: Logger.Level {
        switch self {
        case .missing, .emptyPath, .namesDirectory: .debug
        case .notRegularFile, .pathTooLong: .info
        case .absolutePath, .nul, .parentComponent, .emptyComponent, .leavesRoot, .linkLoop, .nameOfAnother: .notice
        case .accessDenied, .directoryNotWritable: .warning
        case .system, .rootIsGone, .staleHandle: .error
        }
    }

    /// The reason for the log.
    var reason: String {
        switch self {
        case .emptyPath: "the path is empty"
        case .absolutePath: "the path is absolute; use a path relative to the root"
        case .nul: "the path contains a NUL"
        case .parentComponent: "the path has a component \"..\""
        case .emptyComponent: "the path has an empty component: \"//\""
        case .namesDirectory: "the path names a directory"
        case .pathTooLong: "the path or a name in it is too long"
        case .missing: "there is no such file"
        case .leavesRoot: "a symbolic link leaves the root"
        case .linkLoop: "symbolic links form a loop or a path of too many steps, or one is a magic link of /proc"
        case .accessDenied: "this process may not read the file"
        case .notRegularFile: "the path does not lead to a regular file"
        case .nameOfAnother: "the name is a symbolic link, or now belongs to another file"
        case .directoryNotWritable: "this process may not write to its directory"
        case .rootIsGone: "the root's directory or its file system is gone, and its path leads to no other"
        case .staleHandle: "the handle of the file or of a directory is no longer valid on the file server (ESTALE)"
        case .system(let errno): "the system cannot open it: \(errno)"
        }
    }
}
