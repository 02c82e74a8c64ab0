import Glibc

/// A process started by the tests, which ends with them.
final class ChildProcess: Sendable {
    /// The way a process ended.
    enum End: Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    let pid: pid_t
    /// The file with its standard output and standard error.
    let log: String
    /// One end of a channel whose other end the process and its children hold. End of file means that all of them have
    /// ended.
    private let lifeline: Int32

    /// Starts a process.
    ///
    /// - Parameters:
    ///   - arguments: The program, found in `PATH`, and its arguments.
    ///   - environment: The complete environment.
    ///   - descriptors: The inherited descriptors, by their number in the process. Standard input is empty by default.
    ///   - log: The file to which standard output and standard error are appended.
    init(
        _ arguments: [String], environment: [String: String] = ChildProcess.plainEnvironment,
        descriptors: [Int32: Int32] = [:], log: String
    ) throws {
        let channel = try Channel()
        defer { close(channel.child) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if descriptors[0] == nil { posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) }
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        for (number, source) in descriptors { posix_spawn_file_actions_adddup2(&actions, source, number) }
        posix_spawn_file_actions_adddup2(&actions, channel.child, 100)

        // A new session, so that an interrupt from the terminal reaches the tests but not their servers.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Self.newSession | Int16(POSIX_SPAWN_SETSIGMASK))

        var pid: pid_t = 0
        let result = withCStrings(arguments) { arguments in
            withCStrings(environment.map { "\($0)=\($1)" }) { environment in
                posix_spawnp(&pid, arguments[0]!, &actions, &attributes, arguments, environment)
            }
        }
        guard result == 0 else {
            close(channel.parent)
            throw Failure.system("start \(arguments[0])", result)
        }
        self.pid = pid
        self.log = log
        self.lifeline = channel.parent
        Watchdog.shared.watch(child: pid)
    }

    deinit { close(self.lifeline) }

    /// The environment that a service manager provides: a path and nothing of the caller's.
    static let plainEnvironment = Sanitizer.environment.merging([
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    ]) { $1 }

    /// `POSIX_SPAWN_SETSID`, which glibc declares only under _GNU_SOURCE.
    static let newSession: Int16 = 0x80

    /// Runs a command as the web servers' user, if the tests may. The working directory is the root, as with service
    /// managers: that user cannot enter the package if it is below /root, and HAProxy 3.0 requires access to the
    /// directory it was started in.
    static var asServer: [String] {
        geteuid() == 0
            ? ["env", "--chdir=/", "setpriv", "--reuid", "www-data", "--regid", "www-data", "--clear-groups"] : []
    }

    func signal(_ number: Int32) { kill(self.pid, number) }

    /// Whether the process is running; does not reap it.
    var isRunning: Bool {
        var information = siginfo_t()
        return waitid(P_PID, id_t(self.pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0
            && information.si_signo == 0
    }

    /// Waits until the process and its children have ended. Call it once.
    func waitForEnd(seconds: Int = Socket.patience) throws -> End {
        var wait = pollfd(fd: self.lifeline, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, Int32(seconds * 1000)) == 1 else {
            throw Failure("process \(self.pid) has not ended after \(seconds) s")
        }
        var status: Int32 = 0
        while waitpid(self.pid, &status, 0) < 0 {
            guard errno == EINTR else { throw Failure.system("waitpid") }
        }
        Watchdog.shared.forget(child: self.pid)
        return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: status & 0x7F)
    }
}

/// Calls `body` with a null-terminated C array of C strings.
func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}
