import CLinux
import Glibc
import SystemPackage

/// Does the steps of a plan. If a step fails, it undoes all previous ones.
struct SetupRunner {
    func run(_ plan: SetupPlan) async throws {
        var done: [SetupStep] = []
        var copies: [String: String] = [:]
        for step in plan.steps {
            do {
                try await self.act(step, &copies)
                done.append(step)
            } catch {
                // The command may have had an effect before it failed.
                if case .command(let command) = step, command.undoesLast { done.append(step) }
                let remains = await self.undo(done, copies)
                let reason = GateError(error)
                let end =
                    remains.isEmpty
                    ? "everything was undone" : "this could not be undone: \(remains.joined(separator: "; "))"
                throw GateError(reason.status, "\(reason)\n\(end)")
            }
        }
    }

    private func act(_ step: SetupStep, _ copies: inout [String: String]) async throws {
        switch step {
        case .directory(let path):
            guard mkdir(path, 0o755) == 0, chmod(path, 0o755) == 0 else { throw Self.failure("create", path) }
        case .create(let file): try Self.create(file)
        case .edit(let path, let old, let new, _, let keepsCopy):
            guard try FileState.read(path)?.content == old else {
                throw GateError(.cannotCreate, "\(path) was changed meanwhile; repeat the command")
            }
            if keepsCopy { copies[path] = try Self.copy(old, of: path) }
            try Self.replace(path, with: new)
        case .link(let path, let target):
            guard symlink(target, path) == 0 else { throw Self.failure("create", path) }
        case .command(let command):
            do {
                try await CommandRun.succeed(command.arguments, failing: "the setup failed")
            } catch {
                let error = GateError(error)
                guard let reason = command.reason, let run = try await CommandRun(reason) else { throw error }
                throw GateError(error.status, "\(error)\n\(run.output)")
            }
        }
    }

    /// Undoes steps, the last one first.
    ///
    /// - Returns: A description of each step that cannot be undone.
    private func undo(_ steps: [SetupStep], _ copies: [String: String]) async -> [String] {
        var remains: [String] = []
        func attempt(_ what: String, _ body: () async throws -> Void) async {
            do { try await body() } catch { remains.append("\(what): \(GateError(error))") }
        }
        func command(_ command: SetupStep.Command) async {
            guard let undo = command.undo else { return }
            await attempt(command.shown) { try await CommandRun.succeed(undo, failing: "it cannot be undone") }
        }
        for step in steps.reversed() {
            switch step {
            case .directory(let path): rmdir(path)
            case .create(let file): unlink(file.path)
            case .edit(let path, let old, _, _, _):
                await attempt(path) {
                    try Self.replace(path, with: old)
                    if let copy = copies[path] { unlink(copy) }
                }
            case .link(let path, _): unlink(path)
            case .command(let one): if !one.undoesLast { await command(one) }
            }
        }
        for case .command(let one) in steps where one.undoesLast { await command(one) }
        return remains
    }

    /// Creates a file that does not exist, with its mode from the beginning.
    private static func create(_ file: SetupStep.NewFile) throws {
        let group = try Self.id(ofGroup: file.group)
        let descriptor = linux_open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("create", file.path) }
        do {
            try FileDescriptor(rawValue: descriptor).closeAfter {
                guard fchown(descriptor, uid_t.max, group) == 0, fchmod(descriptor, file.mode) == 0 else {
                    throw Self.failure("create", file.path)
                }
                try FileDescriptor(rawValue: descriptor).writeAll(file.content.utf8)
            }
        } catch {
            unlink(file.path)
            throw error
        }
    }

    /// Replaces the content of a file at once, and keeps its owner and mode.
    private static func replace(_ path: String, with content: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Self.failure("read", path) }
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        // Web servers that include every file of a directory leave out those that begin with a dot.
        let temporary = "\(path[..<slash])/.\(path[slash...].dropFirst()).sendfile-gate"
        unlink(temporary)
        try Self.create(.init(path: temporary, content: content, mode: status.st_mode & 0o7777))
        guard chown(temporary, status.st_uid, status.st_gid) == 0, rename(temporary, path) == 0 else {
            let failure = Self.failure("change", path)
            unlink(temporary)
            throw failure
        }
    }

    /// Keeps the content of a file in /var/backups, which no web server reads.
    ///
    /// - Returns: The path of the copy.
    private static func copy(_ content: String, of path: String) throws -> String {
        let name = "/var/backups/sendfile-gate" + path.replacing("/", with: "-")
        for number in 0..<100 {
            let copy = number == 0 ? name : "\(name).\(number)"
            guard access(copy, F_OK) != 0 else { continue }
            try Self.create(.init(path: copy, content: content, mode: 0o600))
            return copy
        }
        throw GateError(.cannotCreate, "\(name) and 99 other copies exist; remove some")
    }

    private static func id(ofGroup name: String) throws -> gid_t {
        guard let entry = getgrnam(name) else {
            throw GateError(.unavailable, "the group \(name), which Debian's web servers have, does not exist")
        }
        return entry.pointee.gr_gid
    }

    private static func failure(_ verb: String, _ path: String) -> GateError {
        GateError(.cannotCreate, "cannot \(verb) \(path): \(Errno(rawValue: errno))")
    }
}
