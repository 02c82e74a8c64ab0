import Glibc

/// A change of this machine.
enum SetupStep: Sendable, Equatable {
    /// Creates a directory with the mode 755.
    case directory(String)
    /// Creates a file that does not exist.
    case create(NewFile)
    /// Replaces the content of a file. `lines` says which lines are new.
    case edit(path: String, old: String, new: String, lines: [String], keepsCopy: Bool)
    /// Creates a symbolic link.
    case link(path: String, target: String)
    case command(Command)

    struct NewFile: Sendable, Equatable {
        let path: String
        let content: String
        var mode: mode_t = 0o644
        var group = "root"
        /// The content in a printed plan, if the real one is a secret.
        var shown: String?
    }

    struct Command: Sendable, Equatable {
        let arguments: [String]
        /// The command that undoes it.
        var undo: [String]?
        /// A command that prints the reason if this one fails, and only says where to look.
        var reason: [String]?
        /// Whether the undoing command runs after all other steps have been undone, even if the command itself failed.
        var undoesLast = false

        var shown: String { self.arguments.map(\.quotedForShell).joined(separator: " ") }
    }

    /// The step in a printed plan.
    ///
    /// - Parameter withContents: Whether to print the content of files.
    func text(withContents: Bool) -> String {
        func content(_ text: String) -> String {
            withContents
                ? text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { "\n    \($0)" }
                    .joined() : ""
        }
        switch self {
        case .directory(let path): return "create  \(path)/"
        case .create(let file):
            let access = "mode \(String(file.mode, radix: 8)), group \(file.group)"
            return "create  \(file.path)   (\(access))" + content(file.shown ?? file.content)
        case .edit(let path, _, _, let lines, let keepsCopy):
            let copy = keepsCopy ? ", with a copy in /var/backups" : ""
            return "edit    \(path)\(copy)" + lines.map { "\n    \($0)" }.joined()
        case .link(let path, let target): return "create  \(path) -> \(target)"
        case .command(let command): return "run     \(command.shown)"
        }
    }
}
