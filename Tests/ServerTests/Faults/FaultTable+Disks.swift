import Glibc
import Testing

/// Disks, logs, and files that change.
extension FaultTable {
    static let disks: [Fault] = [
        Fault(
            "The root's disk returns an error (`EIO`) when a file is opened or first read", response: "500",
            log: "error: `a file below the root cannot be opened: …` or `the file cannot be read: …`",
            .tests([
                "FailingDiskTests: An unreadable file is 500 or an incomplete response, and is sent when it is readable again"
            ])),
        Fault(
            "The root's disk returns an error while a file is streamed", response: Fault.incomplete,
            log: "warning: `the response could not be completed: …`",
            .tests([
                "FailingDiskTests: An unreadable file is 500 or an incomplete response, and is sent when it is readable again"
            ])),
        Fault(
            "The root's disk returns `ESTALE`", response: "the file, or 503 if it stays stale",
            log: "if it stays stale: `answered with 503: …`",
            .tests(["FailingDiskTests: A stale handle is resolved once more, and is 503 if it stays stale"])),
        Fault(
            "The root's disk is gone (`ENOTCONN`), and comes back", response: "503 until it is back",
            log: "`answered with 503: …`",
            .tests(["FailingDiskTests: A root on a missing disk is 503 until the disk is back"])),
        Fault(
            "The root's disk is full, read-only, unmounted or mounted again",
            response: "the file; 404 while it is unmounted",
            .tests(["SurroundingsTests: Files on a full, read-only, unmounted or remounted disk have correct responses"]
            )),
        Fault(
            "The root's disk is slow, or hangs",
            response: "the file, as soon as the disk delivers it; other requests are not delayed",
            log: "warning: `a call has blocked a worker for more than 1 s; blocked workers: …`",
            .tests([
                "SlowDiskTests: Requests for other files are answered while more downloads than workers wait for a disk",
                "FailingDiskTests: A hanging disk occupies one thread for each request, and all requests are answered when it is back",
                "FailingDiskTests: A disk that hangs does not hold up a stop beyond the drain time",
            ])),
        Fault(
            "A generated file cannot be deleted after it was sent: the disk is read-only", response: Fault.complete,
            log: "`sent and not deleted`",
            .tests(["FailingDiskTests: A file that cannot be deleted is sent nevertheless and kept"])),
        Fault(
            "An upload does not fit on the disk, or cannot be written",
            response: "the handler's error; nothing of the upload remains",
            .tests(["FailingUploadTests: An upload that does not fit, or cannot be written, leaves nothing behind"])),
    ]

    static let logs: [Fault] = [
        Fault(
            "The disk of the access log is full", response: Fault.none,
            log:
                "error, at most once a minute: `the access log … cannot be written: No space left on device; lines lost so far: …`",
            .tests([
                "AccessLogFileTests: A full disk loses lines and no response",
                "AccessLogRotationTests: An incomplete line on a full disk does not mix with another line, and no response is lost",
            ])),
        Fault(
            "The directory of the access log is removed, and made again", response: Fault.none,
            log:
                "error, at most once a minute: `the access log … cannot be written: No such file or directory; lines lost so far: …`",
            .tests(["AccessLogFileTests: A missing directory loses lines, which are counted, and no response"])),
        Fault(
            "The disk of the access log becomes read-only, and writable again", response: Fault.none,
            log:
                "error: `the access log … cannot be written: Read-only file system; lines lost so far: 1`, then notice: `the access log … is written again; lines lost so far: 1`",
            if: FailingDisk.missing == nil, .run { try Self.failingLog($0, "EROFS") }),
        Fault(
            "The disk of the access log returns an error (`EIO`)", response: Fault.none,
            log:
                "error: `the access log … cannot be written: Input/output error; lines lost so far: 1`, then notice: `the access log … is written again; lines lost so far: 1`",
            if: FailingDisk.missing == nil, .run { try Self.failingLog($0, "EIO") }),
        Fault(
            "The file system of the access log hangs, such as that of a dead NFS server", response: Fault.none,
            log:
                "error: `the access log … does not take its lines: its file system is too slow, or hangs; lines lost so far: …` when 4 MiB of lines wait",
            .tests([
                "HangingLogTests: An access log on a file system that hangs delays no request, and its lost lines are counted and logged",
                "HangingLogTests: A server whose access log hangs ends in its time",
            ])),
        Fault(
            "The access log is rotated under load", response: Fault.none,
            .tests(["AccessLogRotationTests: Three programs behind nginx lose no line while their log is rotated"])),
        Fault(
            "The reader of standard error is stopped, so its pipe is full", response: Fault.none,
            log: "later: `this log did not take its lines; lines lost so far: …`",
            .tests([
                "HangingLogTests: Standard error that nothing reads delays neither a request nor the end, and its lost lines are counted",
                "LogQueueTests: A pipe that is not read delays no caller, and its log says how many lines it has lost",
            ])),
        Fault(
            "The reader of standard error has ended (`EPIPE`)", response: Fault.none,
            log: "nothing; lost lines are counted (`fastcgi_log_lost_total`)",
            .run { site in
                var ends: [Int32] = [-1, -1]
                guard pipe(&ends) == 0 else { throw Failure.system("pipe") }
                for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
                let address = Address.unix(path: "\(site.directory)/program.sock")
                let settings = ["FASTCGI_LISTEN": address.description, "FASTCGI_REQUEST_LOG_LEVEL": "info"]
                let process = try RunningProgram.start(environment: settings, descriptors: [2: ends[1]])
                for end in ends { close(end) }
                let program = RunningProgram(process: process, address: address)
                try program.waitUntilListening()
                try site.watch(program)
                for _ in 0..<20 {
                    #expect(
                        try program.client().exchange("GET", "/file/plain.txt").body == Corpus.content(of: "plain.txt"))
                }
                try Deadline.wait("lines are lost") {
                    try JSON(program.client().exchange("GET", "/status").body.dropLast())["log_lost"] != .number("0")
                }
                return Fault.none
            }),
        Fault(
            "A file is larger than the limit of the process (`RLIMIT_FSIZE`)", response: Fault.none,
            log: "error: `the access log … cannot be written: File too large; lines lost so far: …`",
            .run { site in
                let program = try site.start(["FASTCGI_ACCESS_LOG": "\(site.directory)/access.jsonl"])
                try site.limit(program, "--fsize=1024")
                return try Self.downloads(program, count: 10)
            }),
    ]

    /// Downloads a file repeatedly.
    private static func downloads(_ program: RunningProgram, count: Int) throws -> String {
        for _ in 0..<count {
            let answer = try program.client().exchange("GET", "/file/plain.txt")
            guard answer.body == Corpus.content(of: "plain.txt") else { return "\(answer.status ?? 0)" }
        }
        return Fault.none
    }

    /// An access log on a disk whose writes fail once.
    private static func failingLog(_ site: FaultRun, _ error: String) throws -> String {
        let disk = try FailingDisk()
        site.atEnd { try? disk.unmount() }
        let program = try site.start(["FASTCGI_ACCESS_LOG": "\(disk.path)/access.jsonl"])
        try disk.fail("write \(error)")
        let during = try Self.downloads(program, count: 1)
        try program.waitForLog("lines lost so far: 1")
        try disk.fail("")
        let after = try Self.downloads(program, count: 1)
        try program.waitForLog("is written again")
        return during == after ? during : "\(during), then \(after)"
    }

    // MARK: Files

    static let fileThatChanges = Fault(
        "A file grows while it is sent", response: Fault.complete,
        log: "nothing; the response has the announced length",
        .run { site in
            let (program, file, content) = try Self.ownRoot(site, wrapper: [])
            let (response, received) = try FaultRun.interrupted("/file/file", program) {
                let descriptor = open(file, O_WRONLY | O_APPEND)
                defer { close(descriptor) }
                guard write(descriptor, content, 1 << 20) == 1 << 20 else { throw Failure.system("append") }
            }
            #expect(received == content)
            return response
        })

    static func lostPermission(_ site: FaultRun) throws -> String {
        let (program, file, content) = try Self.ownRoot(site, wrapper: ChildProcess.asServer)
        let (response, received) = try FaultRun.interrupted("/file/file", program) { chmod(file, 0) }
        #expect(received == content)
        if geteuid() == 0 { #expect(FaultRun.outcome { try program.client().exchange("GET", "/file/file") } == "404") }
        chmod(file, 0o644)
        let (second, again) = try FaultRun.interrupted("/file/file", program) { unlink(file) }
        #expect(second == response && again == content)
        #expect(FaultRun.outcome { try program.client().exchange("GET", "/file/file") } == "404")
        return response
    }

    /// A program with a root of its own and a file that is larger than the buffers of a connection.
    private static func ownRoot(
        _ site: FaultRun, wrapper: [String]
    ) throws -> (program: RunningProgram, file: String, content: [UInt8]) {
        let root = "\(site.directory)/root"
        try Files.makeDirectory(root)
        let content = (0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 / 4096) }
        try Files.write(content, to: "\(root)/file".utf8)
        return (try site.start(["SENDFILE_ROOT": root], wrapper: wrapper), "\(root)/file", content)
    }
}
