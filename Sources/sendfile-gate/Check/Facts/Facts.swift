import Glibc

/// All facts that the rules evaluate.
struct Facts: Sendable {
    let target: Target
    let server: FrontServer
    /// The web server's clock minus this machine's, in seconds, at the time of the response.
    var clockDifference: Int?

    var access: FileAccess?
    var socket: SocketState?
    /// The path of that socket.
    var socketPath: String?
    /// Behind Apache, the path of an installed mod_xsendfile that decodes `%` in paths.
    var decodingModule: String?

    /// The web server's configuration on this machine, and its parts that apply to the URL and to the internal prefix;
    /// `nil` if it is unknown.
    var configuration: ServerConfiguration?
    var route: Route?
    var internalRoute: Route?
    /// A file of the configuration that the running web server has not read.
    var staleFile: String?
    /// The lines that the web server's error log gained with the first request.
    var errorLog: [String] = []
    /// The web server's error log from the first request on.
    var log: ErrorLogTail?
    /// The lines of the program's unit, or of the web server's, in the journal, if the program is not reached.
    var journal: [String] = []
    /// The program's systemd units, if the program is not reached.
    var units: UnitState?
    /// The parts of the file that the running program, and the processes of the web server, do not see.
    var programView: ProcessView?
    var serverView: ProcessView?
    /// The files of the root that a user cannot read, if the whole gate is checked.
    var survey: RootSurvey?
    /// The web servers of this machine to which the URL is passed on, asked directly.
    var behind: [BehindServer] = []
    /// The programs among which the web server distributes requests for the URL over FastCGI, if there are several. The state
    /// is that of a Unix socket.
    var members: [(line: Directive, state: SocketState?)] = []
    /// The number of questions that were sent to learn whether each of these programs is a gate, and of those that no gate answered.
    var groupQuestions = 0
    var strangers = 0
    /// The observations on the request's way.
    var trail = Trail()
    /// The gate's account of the checked link itself, if the gate refuses it.
    var ownReply: GateReply = .none
    /// The obstacles for the user as whom the program runs.
    var programAccess: FileAccess?
    /// A response with which the web server limited the check's requests. No request was sent after it.
    var limit: Answer?

    /// The response to the download itself.
    let whole: Answer
    var transfer: Transfer?
    var largeTransfer: Transfer?
    /// The response without the given header fields.
    var anonymous: Answer?
    /// The response with the given user and another password.
    var mistaken: Answer?
    /// The responses to invalid links.
    var expired: Answer?
    var forged: Answer?
    /// The response to the valid link again, after the invalid ones: a cache may have stored their refusal for this URL.
    var repeated: Answer?
    /// The response to a link that was used once and has expired since, if a cache seems to be in front.
    var outlived: Answer?
    /// The gate's own account of a link to a file that does not exist, and the response that contains it.
    var gateReply: GateReply = .none
    var asked: Answer?
    /// The obstacles for the web server's user who reads the gate's secret, if the web server starts the gate.
    var secretAccess: FileAccess?
    var head: Answer?
    var range: Answer?
    var beyond: Answer?
    var resumed: Answer?
    var matching: Answer?
    var unmodified: Answer?
    var post: Answer?
    var missing: Answer?
    var directory: Answer?
    var compressed: Answer?
    /// The responses to requests with the User-Agent of other programs.
    var clients: [Answer] = []
    var inside: [Answer] = []
    var outside: [Answer] = []
    var names: [NamedAnswer] = []
    /// The reason why `names` is empty, if test files were requested.
    var whyNoNames: String?

    /// The size in bytes from which a file counts as large.
    static let largeSize = 4 << 20

    /// The number of bytes of a file that the program wrote.
    struct Transfer: Sendable {
        let size: Int
        let written: Int
        let isRight: Bool
    }

    struct NamedAnswer: Sendable {
        let name: String
        let size: Int
        let answer: Answer
    }

    /// Whether the web server or the program asks for a name and a password (RFC 7617).
    var asksForPassword: Bool {
        self.whole.status == 401
            && self.whole.fields.contains {
                $0.name.lowercased() == "www-authenticate" && $0.value.lowercased().hasPrefix("basic")
            }
    }

    /// A setting that prevents the program's work, in its own words; `nil` if none is known.
    var programWords: String? {
        if let words = self.units?.failure { return words }
        // The web server's log contains the standard error of a program that it starts.
        return (self.errorLog + self.journal).lazy.compactMap(Self.words).last
    }

    /// Whether the program's message is about a file that it could not read then and can read now: systemd has not tried again since.
    var wordsAreOutdated: Bool {
        guard let units = self.units, units.hasFailed, let words = self.programWords, !self.hidesRoot,
            ["cannot be read", "not exist", "not reach"].contains(where: words.contains),
            let start = words.firstRange(of: "\"/")
        else { return false }
        let path = "/" + words[start.upperBound...].prefix { $0 != "\"" }
        return Glibc.access(path, F_OK) == 0 && units.hides(path) == nil
            && FileAccess(of: path, by: units.account).obstacles.isEmpty
    }

    /// Whether the program says that it does not see or may not reach its root, which exists here and is open to it.
    var hidesRoot: Bool {
        guard let words = self.programWords, words.contains("SENDFILE_ROOT"), let root = self.target.root,
            words.contains("\"\(root)\""),
            ["not reach", "not exist", "not a directory", "No such"].contains(where: words.contains)
        else { return false }
        return Glibc.access(root, R_OK | X_OK) == 0 && self.access?.obstacles.isEmpty != false
            && (self.units?.differences.isEmpty == false || self.units?.hides(root) != nil)
    }

    /// The part of a log line from the name of a setting on: `SENDFILE_ROOT is "/srv/x", which is not a directory`.
    static func words(_ line: String) -> String? {
        let start = ["SENDFILE_", "FASTCGI_"].compactMap { line.firstRange(of: $0)?.lowerBound }.min()
        guard let start, line[start...].contains(" is ") || line.contains(" is missing: set ") else { return nil }
        // Only an error prevents the work. The level comes before the message.
        let head = line[..<start]
        guard !["trace", "debug", "info", "notice", "warning"].contains(where: head.contains) else { return nil }
        return String(line[start...])
    }

    /// The line of the web server's error log about the first request; `nil` if it is unknown.
    var logged: String? {
        let errors = self.errorLog.filter { line in
            ["[error]", "[crit]", "[alert]", "[emerg]", ":error]", ":crit]", ":emerg]"].contains { line.contains($0) }
        }
        // Several modules may write about one request; the one that refuses it says so.
        return errors.last { $0.contains(" denied ") } ?? errors.last
    }

    /// Every response, for rules that forbid something in all of them.
    var answers: [Answer] { self.answersElsewhere + self.inside }

    /// The responses to requests that do not contain the internal prefix.
    var answersElsewhere: [Answer] {
        let single = [
            self.whole, self.anonymous, self.mistaken, self.expired, self.forged, self.repeated, self.outlived,
            self.head, self.range, self.beyond,
            self.resumed, self.matching, self.unmodified, self.post, self.missing, self.directory, self.compressed,
            self.limit,
        ]
        return single.compactMap { $0 } + self.clients + self.outside + self.names.map(\.answer)
    }
}
