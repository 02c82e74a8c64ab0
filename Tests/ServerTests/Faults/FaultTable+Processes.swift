import Glibc
import Testing

/// Signals, processes that end, clocks and names.
extension FaultTable {
    static let processes: [Fault] = [
        Fault(
            "The web server is killed while requests run and responses are sent",
            response: "nothing: the web server is gone",
            log: "info: `the handler was cancelled`, and `the response could not be completed: …`",
            .run(Self.lostWebServer)),
        Fault(
            "Workers of nginx are killed under load", response: "nothing: their connections are closed",
            log: "info: `the response could not be completed: …`",
            .tests(["KilledProcessTests: Workers of a web server that are killed leave nothing in the program"])),
        Fault(
            "The web server is stopped (SIGSTOP) and continues within `FASTCGI_WRITE_TIMEOUT`", response: Fault.late,
            .tests(["KilledProcessTests: A web server that is stopped (SIGSTOP) and continues completes every response"]
            )),
        Fault(
            "The web server is restarted, or reloads", response: Fault.none,
            .tests(["RecyclingTests: Requests during Apache's graceful restart are answered"])),
        Fault(
            "The program is killed (SIGKILL) under load", response: Fault.closed,
            log: "nothing: the service manager starts another one",
            .tests([
                "MachineUnitTests: A program that was killed or has crashed is restarted",
                "FailureTableTests: A planned stop loses no request, and a crash only responses of the server that crashed",
            ])),
        Fault(
            "The program of lighttpd's `bin-path` or of mod_fcgid is killed (SIGKILL) under load",
            response: "500 or an incomplete response; with lighttpd, other requests get 503 until the new program runs",
            log: "nothing: the web server starts another one",
            .tests([
                "KilledProcessTests: A program that is killed under load is started again by its web server, and then no request is lost"
            ])),
        Fault(
            "The program is stopped (SIGSTOP) and continues", response: Fault.late,
            .run { site in
                let program = try site.start()
                program.process.signal(SIGSTOP)
                let client = try program.client()
                try FaultRun.begin("/file/plain.txt", client)
                sleep(1)
                program.process.signal(SIGCONT)
                return FaultRun.outcome { try client.receiveAnswer() } == Fault.complete ? Fault.late : Fault.closed
            }),
        Fault(
            "The program is stopped (SIGSTOP) for longer than `WatchdogSec=`", response: Fault.closed,
            log: "nothing: systemd restarts it",
            .tests(["MachineNotificationTests: A program that is stopped by SIGSTOP is restarted by the watchdog"])),
        Fault(
            "SIGTERM", response: Fault.complete, log: "info: `stopping: a signal has arrived`",
            .tests(["ProgramStoppingTests: A running request is completed after SIGTERM"])),
        Fault(
            "SIGTERM twice", response: Fault.complete, log: "info: `stopping: a signal has arrived`",
            .run { site in try Self.signal(site, [SIGTERM, SIGTERM], .exited(0)) }),
        Fault(
            "SIGTERM, then SIGKILL", response: Fault.closed, log: "info: `stopping: a signal has arrived`",
            .run { site in try Self.signal(site, [SIGTERM, SIGKILL], .killed(signal: SIGKILL)) }),
        Fault(
            "SIGHUP, unless the program handles it as `sendfile-gate` does", response: Fault.complete,
            log: "info: `stopping: a signal has arrived`",
            .run { site in try Self.signal(site, [SIGHUP], .exited(0)) }),
        Fault(
            "SIGHUP for `sendfile-gate`", response: Fault.none,
            .tests([
                "MachineNotificationTests: systemctl reload of the gate returns when the secrets are read, and loses no request"
            ])),
        Fault(
            "A client disconnects while its response is written (SIGPIPE)", response: "nothing: the client is gone",
            log: "info: `the response could not be completed: …`",
            .tests([
                "ProcessTests: A client that disconnects during a response does not end a program without a SIGPIPE handler"
            ])),
        Fault(
            "Two programs are restarted one after the other", response: Fault.none,
            .tests(["RestartTests: Two programs behind nginx are restarted one after the other, and no request is lost"]
            )),
        Fault(
            "The system's clock jumps by an hour, back or forth", response: Fault.none,
            .tests([
                "ClockTests: A jump of the real clock neither shortens nor extends a time limit",
                "ClockTests: A link expires according to the real clock, and is valid again if the clock is set back",
            ])),
        Fault(
            "The name service hangs when the program starts with a host's name in `FASTCGI_LISTEN`",
            response: "the web server's own error: the program does not run",
            log:
                "the sentence of the error, after the time limit of resolv.conf: `cannot listen on …`, with exit status 69",
            if: geteuid() == 0, .run(Self.hangingNameService)),
        Fault(
            "An object store does not answer, or breaks its answers off",
            response: "502, 504 or an incomplete response",
            .tests(["ObjectFailureTests: A fault of the store is a clear status or an incomplete response"])),
    ]

    /// Ends the connections of waiting requests and of responses that are being sent, as the kernel does for a process that is killed.
    private static func lostWebServer(_ site: FaultRun) throws -> String {
        let program = try site.start()
        var clients = try (0..<20).map { _ in try program.client() }
        for (number, client) in clients.enumerated() {
            try FaultRun.begin(number % 2 == 0 ? "/wait/600000" : "/file/\(Corpus.large.name)", client)
        }
        for number in stride(from: 1, to: 20, by: 2) { _ = try clients[number].receive() }
        try Deadline.wait("all handlers wait") {
            try Files.text(program.process.log).ranges(of: "a request waits").count == 10
        }
        clients = []
        return "nothing: the web server is gone"
    }

    /// Sends signals while a request waits. If the program has not ended by itself, or another one must take its place, starts it.
    private static func signal(_ site: FaultRun, _ signals: [Int32], _ end: ChildProcess.End) throws -> String {
        let program = try site.start()
        let client = try program.client()
        try FaultRun.begin("/wait/\(signals.contains(SIGKILL) ? 60_000 : 700)", client)
        try program.waitForLog("a request waits")
        for signal in signals {
            program.process.signal(signal)
            if signal == SIGTERM { try program.waitForLog("stopping: a signal has arrived") }
        }
        let outcome = FaultRun.outcome { try client.receiveAnswer() }
        #expect(try program.process.waitForEnd() == end)
        try site.start()
        return outcome
    }

    /// Two processes on one socket, as systemd starts them. One ends in a handler.
    static func trap(_ site: FaultRun) throws -> String {
        let address = Address.unix(path: "\(site.directory)/program.sock")
        let listener = try address.listen()
        defer { close(listener) }
        let programs = try (0..<2).map { _ in
            try RunningProgram.activated(on: listener, address, ["FASTCGI_SPARE_WORKERS": "0"])
        }
        let outcome = FaultRun.outcome { try programs[0].client().exchange("GET", "/trap") }
        try Deadline.wait("one of them has ended") { programs.contains { !$0.process.isRunning } }
        let survivors = programs.filter(\.process.isRunning)
        #expect(survivors.count == 1)
        for program in programs where !program.process.isRunning {
            site.readLog(program.process.log)
            _ = try program.process.waitForEnd()
        }
        for program in survivors { try site.watch(program) }
        for _ in 0..<50 {
            let client = try FastCGIClient(address)
            #expect(try client.exchange("GET", "/file/plain.txt").body == Corpus.content(of: "plain.txt"))
        }
        return outcome
    }

    /// A program in a mount namespace whose resolver asks a name server that never answers.
    private static func hangingNameService(_ site: FaultRun) throws -> String {
        let server = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(server) }
        let bound = Address.host("127.66.0.1", port: 53).withPointer { bind(server, $0, $1) }
        guard bound == 0 else { throw Failure.system("bind a name server") }
        try Files.write("nameserver 127.66.0.1\noptions timeout:1 attempts:1\n", to: "\(site.directory)/resolv.conf")
        try Files.write("hosts: dns\n", to: "\(site.directory)/nsswitch.conf")
        let script = """
            set -e; cd "$1"; shift
            mount --bind resolv.conf /etc/resolv.conf; mount --bind nsswitch.conf /etc/nsswitch.conf
            exec "$@"
            """
        let process = try RunningProgram.start(
            environment: ["FASTCGI_LISTEN": "app.example:9000"],
            wrapper: ["unshare", "--mount", "sh", "-c", script, "sh", site.directory])
        #expect(try process.waitForEnd() == .exited(69))
        #expect(try Files.text(process.log).contains("cannot listen on app.example:9000"))
        // The name was asked for.
        var buffer = [UInt8](repeating: 0, count: 512)
        #expect(recv(server, &buffer, buffer.count, Int32(MSG_DONTWAIT)) > 0)
        site.readLog(process.log)
        try site.start()
        return "the web server's own error: the program does not run"
    }
}
