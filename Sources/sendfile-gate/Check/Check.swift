import ArgumentParser
import Glibc
import SystemPackage

/// Checks a running web server from outside and reports faults.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check whether a protected download works and is protected.", discussion: CheckHelp.text)

    @Option(
        help: ArgumentHelp(
            "The URL of a download, or the base URL of a gate's links.", valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp(
            "The file on this machine that the URL returns; an absolute path. For a gate any file below its root; "
                + "by default one is found there.", valueName: "path"))
    var file: String?

    @Flag(help: "Check a running gate with links made for it. Implied if --url or --file is missing.")
    var gate = false

    @OptionGroup var source: SettingsOption

    @Option(
        name: .customLong("for-address"),
        help: ArgumentHelp("The client's address, if a gate's links are bound to one.", valueName: "address"))
    var address: String?

    @Option(
        name: .customLong("for-user"),
        help: ArgumentHelp(
            "The user name as the web server passes it, if a gate's links are bound to one.", valueName: "user"))
    var forUser: String?

    @Option(
        name: .customLong("header"),
        help: ArgumentHelp(
            "A header field that gives access to the file, such as 'Cookie: …' or 'Authorization: Basic …'; repeatable. "
                + "@path reads fields from a file, one per line, and @- from standard input: every user can see "
                + "arguments.",
            valueName: "field"))
    var headers: [String] = []

    @Option(
        help: ArgumentHelp("nginx's internal location (SENDFILE_URL); /protected/ by default.", valueName: "prefix"))
    var `internal`: String?

    @Option(help: ArgumentHelp("The directory of the files (SENDFILE_ROOT).", valueName: "path"))
    var root: String?

    @Option(
        name: .customLong("public"),
        help: ArgumentHelp(
            "A URL prefix of public files, to be checked as well; repeatable.", valueName: "prefix"))
    var publicPrefixes: [String] = []

    @Option(help: ArgumentHelp("The web server, if its responses do not identify it.", valueName: "name"))
    var server: FrontServer?

    @Option(
        help: ArgumentHelp(
            "The user as whom the web server reads files; by default www-data or caddy, depending on the server.",
            valueName: "name"))
    var user: String?

    @Option(help: ArgumentHelp("The program's Unix socket.", valueName: "path"))
    var socket: String?

    @Option(
        help: ArgumentHelp("The program behind the web server, to count the bytes that it sends.", valueName: "path"))
    var program: String?

    @Option(
        name: .customLong("pid"),
        help: ArgumentHelp("The process id of the program; repeatable.", valueName: "number"))
    var processes: [Int32] = []

    @Option(
        name: .customLong("name"),
        help: ArgumentHelp("The name of another file in the same directory; repeatable.", valueName: "name"))
    var names: [String] = []

    @Flag(help: "Create temporary files beside the file: with %, a space and Japanese in the name, and a large one.")
    var writeTestFiles = false

    @Flag(name: .customLong("no-post"), help: "Do not send a POST request.")
    var noPost = false

    @Option(
        name: .customLong("connect-to"),
        help: ArgumentHelp(
            "Connect to this address instead of the URL's host, such as 127.0.0.1 before its name leads to this machine.",
            valueName: "address"))
    var connectTo: String?

    @Flag(help: "Accept any certificate.")
    var insecure = false

    @Option(help: ArgumentHelp("The time limit for one response.", valueName: "seconds"))
    var timeout = 60

    @Flag(help: "Write JSON.")
    var json = false

    @Flag(help: "Treat warnings as failures.")
    var strict = false

    func run() async throws {
        try await Gate.run {
            do {
                try await self.check()
            } catch let exit as ExitCode {
                throw exit
            } catch let failure as CheckFailure {
                Gate.complain("\(failure)")
                if failure.code == .unreachable, let url = self.url.flatMap({ URLText($0) }) {
                    for reason in await Unreachable.reasons(url, failure.description) { Gate.complain(reason) }
                }
                await self.complainOfChanges()
                throw ExitCode(failure.code == .unreachable ? EX_UNAVAILABLE : EX_USAGE)
            } catch {
                await self.complainOfChanges()
                throw error
            }
        }
    }

    /// Whether a gate of this machine's setup is checked, the only one whose record is kept.
    private var isOfSystem: Bool {
        let file = self.source.file ?? getenv("SENDFILE_CONFIG").map { String(cString: $0) }
        return file?.hasPrefix("/etc/") ?? false
    }

    private func complainOfChanges() async {
        guard self.isOfSystem, let changes = await ChangesSince.find() else { return }
        for line in [changes.title] + changes.lines { Gate.complain(line) }
    }

    private func check() async throws {
        let settings = try CheckInput.settings(self)
        if let settings, let store = settings.store { return try await self.check(store, settings) }
        let judgement = try await self.judge(settings)
        let (target, facts) = (judgement.input.target, judgement.facts)
        // One good file says nothing about others: a rule of the web server may concern their extension or directory.
        if target.standsForRoot, facts.head != nil, !judgement.hasFailed,
            let other = try await judgement.examination.failing(Samples.find(target))
        {
            var again = self
            again.file = other
            again.gate = true
            return try await again.check()
        }
        var report = Report(
            url: target.shown, file: target.file.path, server: facts.server, findings: judgement.findings)
        report.way = judgement.way
        if report.count(.fail) == 0, report.count(.warn) == 0 { report.notes = facts.trail.changes }
        if self.isOfSystem, let watched = judgement.input.watched {
            report.changes = await ChangesSince.find()
            if report.count(.fail) == 0, report.count(.warn) == 0 { await MachineRecord(watched).keep() }
        }
        try self.finish(report)
    }

    /// A check of one URL.
    private struct Judgement {
        let input: CheckInput
        let examination: Examination
        let facts: Facts
        let findings: [Finding]
        /// The lines that lead from the URL to the web server of these findings.
        var way: [String] = []

        var hasFailed: Bool { self.findings.contains { $0.status == .fail } }
    }

    /// The most web servers behind one another.
    private static let mostServers = 4

    /// Checks the URL; or the web server behind, if the URL is passed on and that web server does not send the file either: its faults are the
    /// cause.
    private func judge(_ settings: GateSettings?, depth: Int = 0) async throws -> Judgement {
        let input = try CheckInput(self, settings)
        let curl = Curl(
            timeout: self.timeout, isInsecure: self.insecure, address: self.connectTo,
            file: input.target.file.descriptor)
        let examination = Examination(
            target: input.target, curl: curl, server: self.server, user: self.user, socket: input.socket)
        let facts = try await examination.run()
        let judgement = Judgement(
            input: input, examination: examination, facts: facts, findings: Rules.judge(facts))
        guard judgement.hasFailed, depth < Self.mostServers, facts.behind.allSatisfy({ !$0.isFile }),
            let server = facts.behind.first(where: { $0.answer != nil })
        else { return judgement }
        var again = self
        (again.url, again.connectTo, again.insecure) = (server.base, server.address, true)
        (again.file, again.gate, again.headers, again.server) = (facts.target.file.path, true, server.headers, nil)
        guard var inner = try? await again.judge(settings, depth: depth + 1), inner.hasFailed else { return judgement }
        inner.way.insert("\(server.line.place): \(server.line.text)", at: 0)
        return inner
    }

    /// Writes the report and sets the exit status.
    func finish(_ report: Report) throws {
        let text = self.json ? report.json : report.text(isColoured: Self.isColoured)
        try FileDescriptor.standardOutput.writeAll(text.utf8)
        if report.count(.fail) > 0 || self.strict && report.count(.warn) > 0 { throw ExitCode(1) }
    }

    private static var isColoured: Bool {
        // See https://no-color.org: the variable counts if it is set and not empty.
        let noColor = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        return isatty(STDOUT_FILENO) == 1 && !noColor
    }
}
