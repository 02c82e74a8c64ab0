import ArgumentParser
import Glibc
import SystemPackage

/// Looks at a running web server from outside and says what is wrong with it.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "See whether a protected download works, and whether it is protected.", discussion: CheckHelp.text)

    @Option(
        help: ArgumentHelp(
            "The URL of a download; for a gate the URL that its links are put behind.", valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp(
            "The file on this machine that the URL gives; an absolute path. For a gate any file below its root, else one is "
                + "looked for.", valueName: "path"))
    var file: String?

    @Flag(help: "Check a running gate, with links made for it; also if --url or --file is missing.")
    var gate = false

    @OptionGroup var source: SettingsOption

    @Option(
        name: .customLong("for-address"),
        help: ArgumentHelp("The client's address, where a gate's links are bound to one.", valueName: "address"))
    var address: String?

    @Option(
        name: .customLong("for-user"),
        help: ArgumentHelp(
            "The user as the web server names them, where a gate's links are bound to one.", valueName: "user"))
    var forUser: String?

    @Option(
        name: .customLong("header"),
        help: ArgumentHelp(
            "A header field of somebody who may have the file, such as 'Cookie: …' or 'Authorization: Basic …'; may be given "
                + "again. @path reads the fields from a file, a line each, @- from standard input: arguments can be seen by "
                + "every user.",
            valueName: "field"))
    var headers: [String] = []

    @Option(
        help: ArgumentHelp("nginx's internal location (SENDFILE_URL); /protected/ if not given.", valueName: "prefix"))
    var `internal`: String?

    @Option(help: ArgumentHelp("The directory of the files (SENDFILE_ROOT).", valueName: "path"))
    var root: String?

    @Option(
        name: .customLong("public"),
        help: ArgumentHelp(
            "Where files for everybody are, to look there as well; may be given again.", valueName: "prefix"))
    var publicPrefixes: [String] = []

    @Option(help: ArgumentHelp("The web server, if it does not say.", valueName: "name"))
    var server: FrontServer?

    @Option(
        help: ArgumentHelp("As whom the web server reads files. By the server, www-data or caddy.", valueName: "name"))
    var user: String?

    @Option(help: ArgumentHelp("The program's Unix socket.", valueName: "path"))
    var socket: String?

    @Option(help: ArgumentHelp("The program behind the web server, to see what it sends.", valueName: "path"))
    var program: String?

    @Option(
        name: .customLong("pid"),
        help: ArgumentHelp("The same by its process; may be given again.", valueName: "number"))
    var processes: [Int32] = []

    @Option(
        name: .customLong("name"),
        help: ArgumentHelp("The name of another file in the same directory; may be given again.", valueName: "name"))
    var names: [String] = []

    @Flag(help: "Make files beside the file for a moment: with %, a space and Japanese, and a large one.")
    var writeTestFiles = false

    @Flag(name: .customLong("no-post"), help: "Do not ask with POST.")
    var noPost = false

    @Flag(help: "Accept any certificate.")
    var insecure = false

    @Option(help: ArgumentHelp("How long one answer may take.", valueName: "seconds"))
    var timeout = 60

    @Flag(help: "Write JSON.")
    var json = false

    @Flag(help: "Take a warning for a failure.")
    var strict = false

    func run() async throws {
        try await Gate.run {
            do {
                try await self.check()
            } catch let failure as CheckFailure {
                Gate.complain("\(failure)")
                throw ExitCode(failure.code == .unreachable ? EX_UNAVAILABLE : EX_USAGE)
            }
        }
    }

    private func check() async throws {
        let input = try CheckInput(self)
        let target = input.target
        let curl = Curl(timeout: self.timeout, isInsecure: self.insecure, file: target.file.descriptor)
        let examination = Examination(
            target: target, curl: curl, server: self.server, user: self.user, socket: input.socket)
        let facts = try await examination.run()
        let report = Report(
            url: target.shown, file: target.file.path, server: facts.server, findings: Rules.judge(facts))
        let text = self.json ? report.json : report.text(isColoured: Self.isColoured)
        try FileDescriptor.standardOutput.writeAll(text.utf8)
        if report.count(.fail) > 0 || self.strict && report.count(.warn) > 0 { throw ExitCode(1) }
    }

    private static var isColoured: Bool {
        // https://no-color.org: set and not empty.
        let noColor = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        return isatty(STDOUT_FILENO) == 1 && !noColor
    }
}
