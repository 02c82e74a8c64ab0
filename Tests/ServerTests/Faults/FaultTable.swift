/// The table of faults: what clients and the log get, and the proof of each row.
enum FaultTable {
    static let parts: [(name: String, rows: [Fault])] = [
        ("exhaustion", Self.exhaustion), ("disks", Self.disks), ("logs", Self.logs), ("files", Self.files),
        ("processes", Self.processes), ("handlers", Self.handlers), ("peers", Self.peers),
    ]

    static var rows: [Fault] { self.parts.flatMap(\.rows) }

    private static let files: [Fault] = [
        Self.fileThatChanges,
        Fault(
            "A file shrinks while it is sent", response: Fault.incomplete,
            log: "warning: `the response could not be completed: …`",
            .tests(["FileTests: A file that shrinks while it is sent breaks the connection instead of ending early"])),
        Fault(
            "A file shrinks after the decision and before it is sent", response: "500",
            log: "error: `the file cannot be read: …`",
            .tests(["FileTests: A file that shrinks before it is sent is an error"])),
        Fault(
            "A file is replaced, or changed in place, while it is sent",
            response: "the announced length of one version, or an incomplete response",
            log: "warning: `the response could not be completed: …` if it is incomplete",
            .tests([
                "ChangingFileTests: A client receives the announced length of one version, or sees that the response is incomplete",
                "ChangingFileTests: A replaced file is sent at once, under its own ETag",
            ])),
        Fault(
            "A file loses its read permission, or its name, while it is sent", response: Fault.complete,
            log:
                "nothing. Later requests get 404, with a warning if the file exists: `this process may not read the file`",
            .run(Self.lostPermission)),
        Fault(
            "The root is replaced, removed, or missing for a moment",
            response: "the file of one release; 503 while the root is removed",
            .tests([
                "RootReplacementTests: No response mixes two releases",
                "RootReplacementTests: A deleted root is answered with 503 until it is restored",
                "RootReplacementTests: A root that is missing for a moment is still served",
            ])),
    ]

    private static let handlers: [Fault] = [
        Fault(
            "A handler suspends and never returns", response: "504; its task is cancelled",
            log: "error: `the handler did not answer in time (FASTCGI_HANDLER_TIMEOUT)`",
            .tests(["TimeLimitTests: A handler that takes too long is cancelled, and its request is answered with 504"])
        ),
        Fault(
            "A handler ignores its cancellation and returns late, so there are two responses",
            response: "504; the second response is discarded",
            log: "error: `the handler did not answer in time (FASTCGI_HANDLER_TIMEOUT)`",
            .tests([
                "TimeLimitTests: A request whose handler ignores its cancellation is answered nevertheless",
                "OwnAnswerTests: A time limit that passes at the moment of the response causes one response, and the right one",
            ])),
        Fault(
            "A handler sleeps in a system call, or waits for a lock",
            response: "the response, when the handler returns; other requests are not delayed",
            log: "error: `a request has occupied a worker for too long without suspending (FASTCGI_STALL_TIMEOUT)`",
            .tests([
                "StalledHandlerTests: A handler that occupies a worker is named once, counted, and delays no other request",
                "BlockedWorkerTests: Requests are answered while more handlers block than there are workers",
            ])),
        Fault(
            "A handler loops forever",
            response: "nothing; others are answered while a worker is free",
            log: "error: `a request has occupied a worker for too long without suspending (FASTCGI_STALL_TIMEOUT)`",
            .tests([
                "StalledHandlerTests: A handler that occupies a worker is named once, counted, and delays no other request",
                "StalledHandlerTests: Handlers that occupy all workers are all named",
            ])),
        Fault(
            "A handler throws after it has suspended", response: "500", log: "error: `the handler threw: Broken()`",
            .run { site in
                let program = try site.start()
                return FaultRun.outcome { try program.client().exchange("GET", "/throw-late") }
            }),
        Fault(
            "A stream throws after its response has begun", response: Fault.incomplete,
            log: "warning: `the response could not be completed: …`",
            .run { site in
                let program = try site.start()
                return try FaultRun.interrupted("/unfinished/fails", program) {}.response
            }),
        Fault(
            "A handler traps in one of two processes", response: Fault.closed,
            log: "Swift's own message: `Fatal error: the handler traps`. The other process answers the other requests",
            .run(Self.trap)),
        Fault(
            "A handler is cancelled because its client disconnects", response: "nothing: the client is gone",
            .tests([
                "ConcurrencyTests: A handler is cancelled when its client disconnects",
                "RequestTaskTests: An abort of one request never cancels the next one",
            ])),
    ]

    private static let peers: [Fault] = [
        Fault(
            "A peer connects and sends nothing", response: "the connection is closed after `FASTCGI_IDLE_TIMEOUT`",
            .tests([
                "ConcurrencyTests: Peers that send nothing, half a head or half a body do not delay others",
                "TimeLimitTests: An idle connection is closed after its time limit",
            ])),
        Fault(
            "A peer sends half a head, or single bytes of it", response: Fault.closed,
            log: "warning: `a request did not arrive in time (FASTCGI_READ_TIMEOUT)`",
            .tests([
                "TimeLimitTests: A request that does not arrive ends its connection",
                "TimeLimitTests: Single bytes do not extend the time limit of a head",
            ])),
        Fault(
            "Thousands of peers send half a head of the maximum size", response: Fault.closed,
            log:
                "warning: `requests are given up before their heads are complete: together they hold more than … bytes (FASTCGI_HEAD_BYTES)`",
            .tests([
                "HalfHeadTests: Half heads on many connections hold no more memory than FASTCGI_HEAD_BYTES, and requests are answered",
                "HeadBudgetTests: Heads that have arrived in part and hold too much memory are given up, the oldest first",
            ])),
        Fault(
            "A body stops arriving", response: "408, unless the handler handles the error",
            log: "warning: `a request did not arrive in time (FASTCGI_READ_TIMEOUT)`",
            .tests(["TimeLimitTests: A body that stops arriving is an error for the handler"])),
        Fault(
            "A head or a body is too large", response: "431 or 413",
            log: "431: warning, `a request is refused: …`",
            .tests([
                "ProtocolTests: A request with too many parameters is answered with 431",
                "ProtocolTests: A body over the limit is answered with 413",
            ])),
        Fault(
            "A peer sends junk, half records, or records out of order", response: Fault.closed,
            log: "warning: `a connection is closed: …`",
            .tests([
                "ProtocolTests: Malformed input ends its connection and nothing else",
                "UnreliableKernelTests: Under every fault, no response is wrong, none is missing without an end, and nothing is left",
            ])),
        Fault(
            "A peer never stops sending", response: "the response, and the end of the connection after 10 seconds",
            .tests([
                "RefusedBodyTests: A peer that never stops sending is cut off after ten seconds",
                "HostilePeerTests: Peers that never stop sending occupy no thread",
            ])),
        Fault(
            "A peer does not read its response", response: Fault.incomplete,
            log: "warning: `a web server did not take a response in time (FASTCGI_WRITE_TIMEOUT)`",
            .tests([
                "TimeLimitTests: A peer that does not accept its response ends the connection",
                "SlowPeerTests: A thousand slow readers of a large file occupy no thread",
            ])),
        Fault(
            "A peer aborts its request", response: "the end of the request", log: "nothing",
            .tests(["HostilePeerTests: An abort within a body cancels the handler's next wait"])),
    ]
}
