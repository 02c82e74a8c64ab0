import Glibc
import Testing

/// The program in which a test causes a fault, and the check that nothing is left of the fault afterwards.
final class FaultRun {
    /// The directory of the run, which the web servers' user may use.
    let directory: String
    /// The program that answers requests after the fault.
    private(set) var program: RunningProgram?
    private var openFiles = 0
    private var logs: [String] = []
    private var endings: [() -> Void] = []

    init() throws {
        self.directory = try Workspace.shared.makeDirectory("fault")
        chmod(self.directory, 0o777)
    }

    /// Calls `body` at the end of the run, after the program.
    func atEnd(_ body: @escaping () -> Void) { self.endings.append(body) }

    /// Starts the program, and again after it has ended. No worker is replaced, because a spare worker keeps a descriptor for a while.
    @discardableResult func start(
        _ environment: [String: String] = [:], wrapper: [String] = []
    ) throws -> RunningProgram {
        let program = try RunningProgram.listening(
            on: .unix(path: "\(self.directory)/program.sock"),
            Sanitizer.environmentWithoutLeaks.merging(["FASTCGI_SPARE_WORKERS": "0"]) { $1 }
                .merging(environment) { $1 }, wrapper: wrapper)
        try self.watch(program)
        return program
    }

    /// Takes a running program as the one that answers requests after the fault.
    func watch(_ program: RunningProgram) throws {
        self.program = program
        self.logs.append(program.process.log)
        self.openFiles = .max
        self.openFiles = try self.settle(program)
    }

    /// Reads the log of another process, too.
    func readLog(_ path: String) { self.logs.append(path) }

    /// Changes a limit of a running program; `limit` is an option of prlimit(1).
    func limit(_ program: RunningProgram, _ limit: String, wrapper: [String] = []) throws {
        let change = try ChildProcess(
            wrapper + ["prlimit", "--pid", "\(program.process.pid)", limit], log: "\(self.directory)/prlimit")
        guard try change.waitForEnd() == .exited(0) else { throw Failure(try Files.text(change.log)) }
    }

    // MARK: Requests

    /// Begins a request without a body and leaves its response for later.
    static func begin(_ target: String, _ client: FastCGIClient, keepConnection: Bool = false) throws {
        try client.begin("GET", target, contentLength: 0, keepConnection: keepConnection)
        try client.endInput()
    }

    /// Sends a request and calls `body` when its response has begun. Returns what the client gets, and the content.
    static func interrupted(
        _ target: String, _ program: RunningProgram, _ body: () throws -> Void
    ) throws -> (response: String, content: [UInt8]) {
        let client = try program.client()
        try self.begin(target, client)
        var answer = FastCGIAnswer()
        answer.output = try client.receive().content
        try body()
        guard let rest = try? client.receiveAnswer() else { return (Fault.incomplete, answer.body) }
        answer.output += rest.output
        return (answer.status ?? 200 == 200 ? Fault.complete : "\(answer.status ?? 0)", answer.body)
    }

    /// The response to the client of one request.
    static func outcome(_ body: () throws -> FastCGIAnswer) -> String {
        guard let answer = try? body() else { return Fault.closed }
        let status = answer.status ?? 200
        return status == 200 ? Fault.complete : "\(status)"
    }

    // MARK: Afterwards

    /// Checks that a further request is answered, that no connection, request or descriptor is left, and that the program ends.
    func finish(_ fault: Fault) throws {
        defer { for ending in self.endings { ending() } }
        guard let program else { return }
        for line in fault.lines {
            try Deadline.wait("the log has \"\(line)\": \(try self.log)") {
                try self.log.split(separator: "\n").contains { Fault.line($0, has: line) }
            }
        }
        _ = try self.settle(program)
        #expect(try program.client().exchange("GET", "/ready").text == "ready")
        #expect(try program.stop() == .exited(0))
    }

    private var log: String { get throws { try self.logs.map { try Files.text($0) }.joined() } }

    /// The number of open files and sockets. libdispatch opens timers and events with the first task that sleeps, which stay open.
    private static func openFiles(_ pid: pid_t) throws -> Int {
        let directory = "/proc/\(pid)/fd"
        return try Files.names(in: directory).count { name in
            var buffer = [UInt8](repeating: 0, count: 1000)
            let length = readlink("\(directory)/\(name)", &buffer, buffer.count)
            return length > 0 && !String(decoding: buffer[..<length], as: UTF8.self).hasPrefix("anon_inode:")
        }
    }

    /// Waits until the program has no connection but one, no request, and no more open files than at the beginning. Returns their number.
    private func settle(_ program: RunningProgram) throws -> Int {
        let client = try program.client()
        var (files, state) = (0, "")
        do {
            try Deadline.wait("nothing is left of the fault") {
                let answer = try client.exchange("GET", "/status", keepConnection: true)
                let status = try JSON(answer.body.dropLast())
                files = try Self.openFiles(program.process.pid)
                state = "\(files) open files, \(self.openFiles) before; \(answer.text)"
                return status["connections"]?["open"] == .number("1") && status["requests"]?["active"] == .number("1")
                    && files <= self.openFiles
            }
        } catch {
            throw Failure("\(error): \(state)")
        }
        return files
    }
}
