import Logging
import SystemPackage

/// Why a path does not lead to a file: answered with 404. The client is never told the reason; the log is.
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
    /// The name of a file that is to be deleted is a link, or another file's by now.
    case nameOfAnother
    case directoryNotWritable
    /// The root's directory is deleted, and its path leads to no other yet: answered with 503, for the file may be back soon.
    case rootIsGone
    /// Says nothing about the file but something about the system, such as too many open descriptors: no 404.
    case system(Errno)

    /// The refusal that an errno of openat2(2) or openat(2) stands for.
    init(_ errno: Errno) {
        switch errno {
        case .noSuchFileOrDirectory, .notDirectory: self = .missing
        case .fileNameTooLong: self = .pathTooLong
        case .improperLink: self = .leavesRoot
        case .tooManySymbolicLinkLevels: self = .linkLoop
        case .permissionDenied, .notPermitted: self = .accessDenied
        // A socket, or a device file without a device.
        case .noSuchAddressOrDevice, .operationNotSupportedByDevice, .isDirectory: self = .notRegularFile
        default: self = .system(errno)
        }
    }

    /// Whether this says something about the system and nothing about the file.
    var isAboutTheSystem: Bool {
        switch self {
        case .system, .rootIsGone: true
        default: false
        }
    }

    /// How loud the log is about it: a missing file is everyday, a file that this process may not read is the operator's to
    /// repair, and the rest is worth a look.
    var logLevel: Logger.Level {
        switch self {
        case .missing, .emptyPath, .namesDirectory: .debug
        case .notRegularFile, .pathTooLong: .info
        case .absolutePath, .nul, .parentComponent, .emptyComponent, .leavesRoot, .linkLoop, .nameOfAnother: .notice
        case .accessDenied, .directoryNotWritable: .warning
        case .system, .rootIsGone: .error
        }
    }

    /// The reason for the log.
    var reason: String {
        switch self {
        case .emptyPath: "the path is empty"
        case .absolutePath: "the path is absolute; it has to be relative to the root"
        case .nul: "the path holds a NUL"
        case .parentComponent: "the path has a component \"..\""
        case .emptyComponent: "the path has an empty component: \"//\""
        case .namesDirectory: "the path names a directory"
        case .pathTooLong: "the path or a name in it is too long"
        case .missing: "there is no such file"
        case .leavesRoot: "a symbolic link leaves the root"
        case .linkLoop: "symbolic links form a loop, or one is a magic link of /proc"
        case .accessDenied: "this process may not read the file"
        case .notRegularFile: "it is not a regular file"
        case .nameOfAnother: "its name is a symbolic link or another file's by now"
        case .directoryNotWritable: "this process may not write to its directory"
        case .rootIsGone: "the root's directory is deleted and its path leads to no other"
        case .system(let errno): "the system cannot open it: \(errno)"
        }
    }
}
