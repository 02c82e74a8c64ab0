import Glibc
import Testing

/// Limits of the process and of the machine.
extension FaultTable {
    static let exhaustion: [Fault] = [
        Fault(
            "No descriptor is free, and a connection is pending (`RLIMIT_NOFILE`)", response: Fault.late,
            log: "warning: `no connections are accepted for a while: accept4: Too many open files`",
            .tests([
                "OpenFilesTests: A program without free descriptors serves its connections, and accepts others as soon as one is free"
            ])),
        Fault(
            "No descriptor is free, and a file is opened", response: "500",
            log: "error: `the handler threw: a file below the root cannot be opened: …`",
            .run { site in
                let program = try site.start()
                let client = try program.client()
                _ = try client.exchange("GET", "/ready", keepConnection: true)
                let limit = try program.statistics.openFileLimit(leaving: 0)
                try site.limit(program, "--nofile=\(limit):")
                let outcome = FaultRun.outcome {
                    try client.exchange("GET", "/file/plain.txt", keepConnection: true)
                }
                try site.limit(program, "--nofile=512:")
                return outcome
            }),
        Fault(
            "No thread can be started, and calls block all workers (`RLIMIT_NPROC`)", response: Fault.late,
            log: "warning: `a blocked worker cannot be replaced: pthread_create failed: …`", .run(Self.noThread)),
        Fault(
            "No descriptor is free, and calls block all workers (`RLIMIT_NOFILE`)", response: Fault.late,
            log: "warning: `a blocked worker cannot be replaced: memfd_create failed: …`",
            .tests(["OpenFilesTests: Without free descriptors, a blocked worker keeps its seat, and requests wait"])),
        Fault(
            "The address space is exhausted (`RLIMIT_AS`)", response: Fault.closed,
            log: "nothing from the library: Swift ends the process, and the service manager starts another one",
            .run { site in
                try Self.exhaustMemory(site) { program in
                    let maps = try Files.text("/proc/\(program.process.pid)/statm").split(separator: " ")
                    let size = (maps.first.flatMap { Int($0) } ?? 0) * Int(getpagesize()) + 16 << 20
                    try site.limit(program, "--core=0")
                    try site.limit(program, "--as=\(size)")
                }
            }),
        Fault(
            "The memory limit of the cgroup is reached", response: Fault.closed,
            log: "nothing from the library: the kernel kills the process, and the service manager starts another one",
            if: MemoryCgroup.isAvailable,
            .run { site in
                let cgroup = try MemoryCgroup(limit: 32 << 20)
                site.atEnd { cgroup.remove() }
                return try Self.exhaustMemory(site) { try cgroup.add($0.process.pid) }
            }),
        Fault(
            "More connections are opened than `FASTCGI_CONNECTIONS`", response: Fault.late,
            log: "warning: `no connections are accepted for a while: … connections are open (FASTCGI_CONNECTIONS)`",
            .tests(["ConcurrencyTests: A connection beyond the limit waits and is served when another one closes"])),
        Fault(
            "As many calls block as `FASTCGI_SPARE_WORKERS` permits", response: Fault.late,
            log: "warning: `… workers are blocked, and no further one is replaced (FASTCGI_SPARE_WORKERS)`",
            .tests(["BlockedWorkerTests: No more workers are replaced than FASTCGI_SPARE_WORKERS allows"])),
    ]

    /// A program whose user may have no further thread. Two handlers block both workers.
    private static func noThread(_ site: FaultRun) throws -> String {
        let program = try site.start(
            ["FASTCGI_WORKERS": "2", "FASTCGI_SPARE_WORKERS": "64"], wrapper: ChildProcess.asServer)
        try site.limit(program, "--nproc=1", wrapper: ChildProcess.asServer)
        let blocked = try (0..<2).map { _ in
            let client = try program.client()
            try FaultRun.begin("/block/1000", client)
            return client
        }
        let start = ContinuousClock.now
        let outcome = FaultRun.outcome { try program.client().exchange("GET", "/ready") }
        let isLate = start.duration(to: .now) > .milliseconds(200)
        for client in blocked { #expect(try client.receiveAnswer().text == "blocked") }
        return isLate && outcome == Fault.complete ? Fault.late : outcome
    }

    /// Sends a body that needs more memory than there is. Another program then takes the place of the one that has ended.
    private static func exhaustMemory(_ site: FaultRun, _ limit: (RunningProgram) throws -> Void) throws -> String {
        let program = try site.start()
        try limit(program)
        let body = [UInt8](repeating: 1, count: 60 << 20)
        let outcome = FaultRun.outcome { try program.client().exchange("POST", "/echo", body: body) }
        let end = try program.process.waitForEnd()
        if case .exited(let status) = end { Issue.record("exited with \(status)") }
        try site.start()
        return outcome
    }
}

/// A group of processes with a limit on their memory, in either version of the kernel's interface.
private struct MemoryCgroup {
    private let path: String

    init(limit: Int) throws {
        let isFirst = access("/sys/fs/cgroup/memory/cgroup.procs", F_OK) == 0
        self.path = "/sys/fs/cgroup/\(isFirst ? "memory/" : "")sendfile-test-\(getpid())"
        guard mkdir(self.path, 0o755) == 0 || errno == EEXIST else { throw Failure.system("create \(self.path)") }
        try Self.write("\(limit)", "\(self.path)/\(isFirst ? "memory.limit_in_bytes" : "memory.max")")
        // A kernel without swap has no such file.
        try? Self.write("0", "\(self.path)/\(isFirst ? "memory.swappiness" : "memory.swap.max")")
    }

    func add(_ pid: pid_t) throws { try Self.write("\(pid)", "\(self.path)/cgroup.procs") }

    func remove() { rmdir(self.path) }

    private static func write(_ text: String, _ file: String) throws {
        let descriptor = open(file, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure.system("open \(file)") }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else {
            throw Failure.system("write \(file)")
        }
    }

    /// Whether this process may make one.
    static var isAvailable: Bool {
        guard let group = try? MemoryCgroup(limit: 64 << 20) else { return false }
        group.remove()
        return true
    }
}
