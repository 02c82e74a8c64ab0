import CLinux
import Glibc
import Sendfile

/// A web server that ends when this process ends, for whatever reason.
///
/// A shell in between starts it, and waits for its end. The shell's descriptor 3 is the reading end of a pipe whose other end only
/// this process holds: the end of that file is the end of this process, also after SIGKILL. The shell then stops the web server
/// and removes its directory. The shell exists before the directory, so that no moment leaves the directory behind.
/// (`PR_SET_PDEATHSIG` would not do: it reports the end of the thread that started the child, and leaves the directory.)
final class WebServerProcess: Sendable {
    private enum Phase {
        case starting
        case running
        case ended
    }

    /// Arguments: the directory, and the command of the web server.
    ///
    /// - It starts the web server after the first line from descriptor 3: see ``start()``.
    /// - The shell leads a session of its own, so an interrupt from the terminal reaches the program alone.
    /// - It gives up standard error, because a shell reports a child that a signal has ended, and would itself be ended by SIGPIPE.
    /// - It repeats SIGTERM, because nginx waits for another signal if one arrives while it starts.
    /// - The last line ends what the web server has left behind.
    private static let keeper = """
        directory=$1
        shift
        export XDG_CONFIG_HOME="$directory" XDG_DATA_HOME="$directory"
        if read -r line <&3; then
            "$@" 3<&- &
            server=$!
            exec >/dev/null 2>&1
            { read -r line; for second in 1 2 3 4 5; do kill -TERM "$server"; sleep 1; done; kill -KILL "$server"; } <&3 &
            wait "$server"
        fi
        rm -rf "$directory"
        kill -KILL 0
        """

    /// The time that a web server may take to start, in milliseconds.
    private static let startLimit = 15_000

    private let name: String
    private let keeper: pid_t
    /// The writing end of the pipe that tells the shell of this process's end.
    private let lifeline: Int32
    /// The reading end of the pipe to which the web server writes its errors. The end of the file is the end of the web server.
    private let output: Int32
    private let isUsualMessage: @Sendable (Substring) -> Bool
    private let phase = Locked(Phase.starting)

    /// Prepares the start of a web server. From now on, the directory is removed when this process ends.
    ///
    /// - Parameters:
    ///   - name: The web server's name, for messages.
    ///   - command: The path of its program, and its arguments.
    ///   - directory: The directory that is removed after its end.
    ///   - isUsualMessage: Whether a line of its standard error is not shown.
    init(
        _ name: String, _ command: [String], directory: String,
        omitting isUsualMessage: @escaping @Sendable (Substring) -> Bool
    ) throws(SystemCallError) {
        var lifeline: [Int32] = [-1, -1]
        var output: [Int32] = [-1, -1]
        try SystemCallError.check("pipe2", pipe2(&lifeline, O_CLOEXEC))
        try SystemCallError.check("pipe2", pipe2(&output, O_CLOEXEC))
        defer {
            close(lifeline[0])
            close(output[1])
        }
        self.name = name
        self.isUsualMessage = isUsualMessage
        (self.lifeline, self.output) = (lifeline[1], output[0])
        self.keeper = try Self.spawn(
            ["sh", "-c", Self.keeper, "sh", directory] + command, output: output[1], lifeline: lifeline[0])
        var thread = pthread_t()
        let result = pthread_create(&thread, nil, webServerOutputMain, Unmanaged.passRetained(self).toOpaque())
        guard result == 0 else { throw SystemCallError(call: "pthread_create", code: result) }
        pthread_detach(thread)
    }

    private static func spawn(
        _ arguments: [String], output: Int32, lifeline: Int32
    ) throws(SystemCallError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        posix_spawn_file_actions_adddup2(&actions, lifeline, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGHUP, SIGINT, SIGPIPE, SIGTERM] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // POSIX_SPAWN_SETSID, which glibc declares only under _GNU_SOURCE.
        let newSession: Int16 = 0x80
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | newSession)

        var pid: pid_t = 0
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        let result = posix_spawn(&pid, "/bin/sh", &actions, &attributes, &pointers, environ)
        guard result == 0 else { throw SystemCallError(call: "posix_spawn", code: result) }
        return pid
    }

    /// Starts the web server, whose directory and configuration exist.
    func start() throws(SystemCallError) {
        try SystemCallError.check("write", Int32(write(self.lifeline, "\n", 1)))
    }

    /// Waits until the web server accepts connections.
    func waitUntilListening(on address: ListenAddress) throws(DevelopmentError) {
        for _ in 0..<(Self.startLimit / 20) {
            if address.acceptsConnections {
                let isRunning = self.phase.withLock { phase in
                    if phase == .starting { phase = .running }
                    return phase == .running
                }
                if isRunning { return }
            }
            guard self.phase.withLock({ $0 }) == .starting else {
                throw .unavailable("\(self.name) has not started; its messages are above")
            }
            usleep(20_000)
        }
        self.end()
        throw .unavailable(
            "\(self.name) does not listen on \(address) after \(Self.startLimit / 1000) seconds; try another web server with "
                + "--server")
    }

    /// Stops the web server, and waits until its directory is removed.
    func end() {
        guard
            self.phase.withLock({ phase in
                defer { phase = .ended }
                return phase != .ended
            })
        else { return }
        close(self.lifeline)
        while waitpid(self.keeper, nil, 0) < 0, errno == EINTR {}
    }

    /// Prints the web server's messages, and ends the process after the web server.
    fileprivate func watch() {
        var line: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(self.output, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            for byte in chunk[..<count] {
                if byte == UInt8(ascii: "\n") {
                    self.show(String(decoding: line, as: UTF8.self)[...])
                    line.removeAll(keepingCapacity: true)
                } else {
                    line.append(byte)
                }
            }
        }
        // The directory is gone when the shell has ended.
        waitpid(self.keeper, nil, 0)
        let hadRun = self.phase.withLock { phase in
            defer { phase = .ended }
            return phase == .running
        }
        guard hadRun else { return }
        ProgramEnd.exit(
            because: DevelopmentError.unavailable(
                "\(self.name) has ended, and the site with it; start the program again"))
    }

    /// Prints a message, unless it is a usual one or the web server is being stopped.
    private func show(_ line: Substring) {
        guard !self.isUsualMessage(line), self.phase.withLock({ $0 }) != .ended else { return }
        let text = Array("\(self.name): \(String(line).printable)\n".utf8)
        _ = write(STDERR_FILENO, text, text.count)
    }
}

private func webServerOutputMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    _ = linux_set_thread_name("fastcgi-site")
    Unmanaged<WebServerProcess>.fromOpaque(context!).takeRetainedValue().watch()
    return nil
}
