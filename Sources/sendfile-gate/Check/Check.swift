import ArgumentParser
import CLinux
import Glibc

/// Looks at a running web server from outside and says what is wrong with it.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "See whether a protected download works, and whether it is protected.", discussion: CheckHelp.text)

    @Option(help: ArgumentHelp("The URL of a download.", valueName: "url"))
    var url: String

    @Option(help: ArgumentHelp("The file on this machine that the URL gives; an absolute path.", valueName: "path"))
    var file: String

    @Option(
        name: .customLong("header"),
        help: ArgumentHelp(
            "A header field of somebody who may have the file, such as 'Cookie: …'; may be given again. @path reads the "
                + "fields from a file, a line each, @- from standard input: arguments can be seen by every user.",
            valueName: "field"))
    var headers: [String] = []

    @Option(help: ArgumentHelp("nginx's internal location (SENDFILE_URL).", valueName: "prefix"))
    var `internal` = "/protected/"

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
        do {
            let target = try self.target()
            let examination = Examination(
                target: target,
                curl: Curl(timeout: self.timeout, isInsecure: self.insecure, file: target.file.descriptor),
                server: self.server, user: self.user, socket: self.socket)
            let facts = try await examination.run()
            let report = Report(
                url: target.url.shown, file: target.file.path, server: facts.server, findings: Rules.judge(facts))
            print(self.json ? report.json : report.text(isColoured: Self.isColoured), terminator: "")
            if report.count(.fail) > 0 || self.strict && report.count(.warn) > 0 { throw ExitCode(1) }
        } catch let failure as CheckFailure {
            let text = Array("sendfile-gate check: \(failure)\n".utf8)
            _ = write(STDERR_FILENO, text, text.count)
            switch failure.code {
            case .unreachable: throw ExitCode(EX_UNAVAILABLE)
            case .noCurl, .unusable: throw ExitCode(EX_USAGE)
            }
        }
    }

    private static var isColoured: Bool {
        // https://no-color.org: set and not empty.
        let noColor = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        return isatty(STDOUT_FILENO) == 1 && !noColor
    }

    private func target() throws -> Target {
        guard let url = URLText(self.url) else {
            throw CheckFailure(
                .unusable, "--url is \"\(self.url)\", which is no http or https URL; blanks in it are written %20")
        }
        guard self.timeout > 0 else {
            throw CheckFailure(.unusable, "--timeout is \(self.timeout); give seconds, 1 or more")
        }
        let file = try CheckedFile(self.file)
        var root = self.root
        while let path = root, path.hasSuffix("/") { root = String(path.dropLast()) }
        if let root, !file.path.hasPrefix("\(root)/") {
            throw CheckFailure(.unusable, "--root is \"\(root)\", and --file \"\(file.path)\" is not below it")
        }
        return Target(
            url: url, file: file, headers: try HeaderLines.read(self.headers),
            internalPrefix: Self.prefix(self.internal),
            root: root, publicPrefixes: self.publicPrefixes.map(Self.prefix),
            activity: self.program == nil && self.processes.isEmpty
                ? nil : ProgramActivity(processes: self.processes, program: self.program),
            mayPost: !self.noPost, mayWrite: self.writeTestFiles, names: self.names)
    }

    /// With a slash at both ends.
    private static func prefix(_ text: String) -> String {
        let parts = text.split(separator: "/")
        return parts.isEmpty ? "/" : "/\(parts.joined(separator: "/"))/"
    }
}
