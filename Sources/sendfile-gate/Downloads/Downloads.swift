import ArgumentParser
import Glibc
import Sendfile
import SendfileBasics
import Synchronization
import SystemPackage

/// Joins the program's access log with the logs of web servers.
struct Downloads: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List downloads, and whether they are complete.",
        discussion: """
            Joins the access log of serve (FASTCGI_ACCESS_LOG) with the logs of the web servers by the id of each download \
            (SENDFILE_DOWNLOAD_ID). The files in conf set up these logs. Name all logs in any order, with older ones that were \
            rotated; - is standard input:

              sendfile-gate downloads /var/log/sendfile-gate/access.jsonl /var/log/nginx/downloads.jsonl
              zcat access.jsonl.2.gz | sendfile-gate downloads --json - downloads.jsonl.1

            A line is a download: all requests of one user, or of one address without a user, by one grant, for one version of a \
            file, until all bytes were sent. A download that was resumed, and one whose parts were fetched in parallel, also over several web \
            servers, is one line. After that, the next request is another download. A HEAD request is not a download.

              COMPLETE  yes: all bytes were sent; no: bytes are missing; unknown: no log has the end of a request
              RECEIVED  the number of different bytes of the file that were sent
              WHO       the user, or the client's address
              GRANT     the id of the grant; --json and --csv have the name of the key that signed the link as well

            A web server has sent a byte when the kernel has taken it. Of a download that a client ends in the middle, \
            RECEIVED therefore contains up to some MB that the client did not get. A file that fits into the kernel's buffers, and the \
            last part of any other, are sent even if the client disconnects before it reads them.

            Invalid lines are skipped, with a message on standard error that names the file and the line.

            EXIT STATUS

              0   every line was valid
              64  invalid usage
              65  lines were skipped
              66  a log does not exist or cannot be read
              74  writing to standard output failed
              77  this user cannot read a log
            """)

    @Argument(help: ArgumentHelp("The logs of the program and of web servers.", valueName: "log"))
    var logs: [String]

    @Flag(help: "Write a JSON object for each download.")
    var json = false

    @Flag(help: "Write CSV.")
    var csv = false

    @Flag(
        help: ArgumentHelp(
            "Wait for further lines, until SIGINT or SIGTERM.",
            discussion:
                "A download is written when it is complete, or when its time is over. Logs may be rotated meanwhile."))
    var follow = false

    @Option(
        help: ArgumentHelp(
            "The time without a request after which an incomplete download is over.", discussion: "By default 24h.",
            valueName: "time"))
    var window = "24h"

    /// Whether SIGINT or SIGTERM has arrived.
    private static let isStopped = Atomic<Bool>(false)

    func run() async throws {
        try await Gate.run {
            guard !self.json || !self.csv else { throw GateError(.usage, "--json and --csv exclude each other") }
            guard let window = DurationText.duration(self.window), window > .zero else {
                throw GateError(
                    .usage, "--window is \(self.window.debugDescription), which is not \(DurationText.form)")
            }
            guard !self.logs.isEmpty else {
                throw GateError(.usage, "name the log of the program and those of web servers")
            }
            guard Set(self.logs).count == self.logs.count else { throw GateError(.usage, "a log is named twice") }
            let output = DownloadOutputStream(self.json ? .json : self.csv ? .csv : .table)
            let files = try self.logs.map { try LogFile($0, complain: Gate.complain) }
            if self.follow, let file = files.first(where: { !$0.canBeFollowed }) {
                throw GateError(.usage, "--follow needs regular files, which \(file.path.debugDescription) is not")
            }
            let join = DownloadJoin(window: Double(window.components.seconds)) { output.write($0) }
            try output.begin()
            try self.read(files, into: join, output)
            if self.follow { try self.follow(files, join, output) }
            join.finish()
            try output.flush()
            try self.summarize(files, join)
        }
    }

    /// Reads all lines that the files have, in the order of their times.
    private func read(_ files: [LogFile], into join: DownloadJoin, _ output: DownloadOutputStream) throws {
        while true {
            var (oldest, first): (LogFile?, Double) = (nil, .infinity)
            for file in files {
                guard let time = try file.nextTime(takesRest: !self.follow), time < first else { continue }
                (oldest, first) = (file, time)
            }
            guard let oldest, let line = oldest.take() else { return }
            join.advance(to: first)
            join.add(line)
            try output.flushIfLarge()
        }
    }

    /// Waits for further lines until a signal arrives.
    private func follow(_ files: [LogFile], _ join: DownloadJoin, _ output: DownloadOutputStream) throws {
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in Downloads.isStopped.store(true, ordering: .relaxed) }
        }
        var isLast = false
        while !isLast {
            join.advance(to: LogTime.now)
            try output.flush()
            // The signal ends the pause.
            if !Self.isStopped.load(ordering: .relaxed) { usleep(200_000) }
            isLast = Self.isStopped.load(ordering: .relaxed)
            for file in files { file.follow() }
            try self.read(files, into: join, output)
        }
    }

    private func summarize(_ files: [LogFile], _ join: DownloadJoin) throws {
        if join.strangers > 0 {
            Gate.complain(
                "web servers have logged \(join.strangers) responses that the access log of the program does not have: is one of its files missing?"
            )
        }
        if join.givenUp > 0 {
            Gate.complain(
                "\(join.givenUp) incomplete downloads were written early, because too many were open at a time")
        }
        let skipped = files.filter { $0.skipped > 0 }
        for file in skipped { Gate.complain("\(file.path.printable): skipped lines: \(file.skipped)") }
        if !skipped.isEmpty { throw ExitCode(GateError.Status.dataError.rawValue) }
    }
}

/// Standard output, written in large pieces.
private final class DownloadOutputStream {
    private let format: DownloadOutput
    private var text = ""

    init(_ format: DownloadOutput) {
        self.format = format
    }

    func begin() throws {
        if let heading = self.format.heading { self.text = heading }
        try self.flush()
    }

    func write(_ download: JoinedDownload) { self.text += self.format.line(download) }

    func flushIfLarge() throws { if self.text.utf8.count > 64 << 10 { try self.flush() } }

    func flush() throws {
        guard !self.text.isEmpty else { return }
        do { try FileDescriptor.standardOutput.writeAll(self.text.utf8) } catch {
            throw GateError(.output, "the downloads cannot be written to standard output: \(error)")
        }
        self.text = ""
    }
}
