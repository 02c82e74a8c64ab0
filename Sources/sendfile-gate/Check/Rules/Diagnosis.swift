/// A fault, or several faults with the same symptoms.
enum Diagnosis: String, CaseIterable, Sendable {
    // No file is received, or an error.
    case programUnreachable = "program-unreachable"
    case programNotRunning = "program-not-running"
    case programFailed = "program-failed"
    case programSlow = "program-slow"
    case internalMissing = "internal-missing"
    case socketMissing = "socket-missing"
    case socketClosed = "socket-closed"
    case otherSocket = "other-socket"
    case notSignedIn = "not-signed-in"
    case redirected
    case methodRefused = "method-refused"
    case unknownToProgram = "unknown-to-program"
    case notFoundByServer = "not-found-by-server"
    case forbiddenByServer = "forbidden-by-server"
    case closedToServer = "closed-to-server"
    case closedToProgram = "closed-to-program"
    case hiddenFromProgram = "hidden-from-program"
    case hiddenFromServer = "hidden-from-server"
    case otherRoot = "other-root"
    case rateLimited = "rate-limited"
    case closedByRule = "closed-by-rule"
    case notStarted = "not-started"
    case otherStatus = "other-status"
    // Other content than the file is received.
    case headerNotHonoured = "header-not-honoured"
    case wrongDialect = "wrong-dialect"
    case headerSwallowed = "header-swallowed"
    case brokenOff = "broken-off"
    case otherFile = "other-file"
    case pageInstead = "page-instead"
    case nameLost = "name-lost"
    // A gate's link is refused, or taken without the gate.
    case wrongSecret = "wrong-secret"
    case secretUnreadable = "secret-unreadable"
    case gateNotReached = "gate-not-reached"
    case behindFails = "behind-fails"
    case otherPrefix = "other-prefix"
    case otherFormat = "other-format"
    case otherBinding = "other-binding"
    case queryLost = "query-lost"
    case pathChanged = "path-changed"
    case refusalAccepted = "refusal-accepted"
    case cached
    case leavesRoot = "leaves-root"
    // The file is available without permission, or a response reveals too much.
    case unprotected
    case anyPassword = "any-password"
    case internalReachable = "internal-reachable"
    case aliasTraversal = "alias-traversal"
    case publiclyReachable = "publicly-reachable"
    case forgedLinkTaken = "forged-link-taken"
    case expiredLinkTaken = "expired-link-taken"
    case pathLeaked = "path-leaked"
    case statusLeaked = "status-leaked"
    case controlLeaked = "control-leaked"
    // The file is received, but not as well as possible.
    case streamed
    case rangesIgnored = "ranges-ignored"
    case wrongRange = "wrong-range"
    case headDiffers = "head-differs"
    case sameTag = "same-tag"
    case noTag = "no-tag"
    case conditionIgnored = "condition-ignored"
    case clientRefused = "client-refused"
    case postAllowed = "post-allowed"
    case compressed
    case clockOff = "clock-off"
    case fieldsChanged = "fields-changed"

    /// Derives the fault from a status other than 200.
    ///
    /// - Parameter isServersOwn: Whether the web server generated the page. The program generates none, so otherwise
    ///   the status is its own.
    init(status: Int, isServersOwn: Bool, _ facts: Facts) {
        // A web server without its own error pages cannot be distinguished from the program.
        let isServers = isServersOwn || facts.server == .caddy && facts.whole.length == 0
        switch status {
        case 300..<400: self = .redirected
        case 401: self = .notSignedIn
        case 403: self = isServers ? .forbiddenByServer : .notSignedIn
        case 404, 410: self = isServers ? .notFoundByServer : .unknownToProgram
        case 405: self = .methodRefused
        // The author of the page distinguishes a failing program from a missing one.
        // The log tells a loop from another failure, such as that of auth_request.
        case 500 where isServersOwn && facts.server == .nginx:
            self = facts.logged?.contains("cycle") == false ? .otherStatus : .internalMissing
        case 500 where isServersOwn: self = .programUnreachable
        case 500: self = .programFailed
        // nginx answers 502 where it does not reach the program.
        case 503 where isServersOwn && facts.server == .nginx: self = .closedByRule
        case 502...504 where facts.isTakenByOther: self = .gateNotReached
        case 502, 503: self = .programUnreachable
        case 504: self = .programSlow
        default: self = .otherStatus
        }
    }

    /// The likely cause, in a sentence or two.
    func cause(_ facts: Facts) -> String {
        let server = facts.server.title
        if let cause = self.gateCause(facts) { return cause }
        return switch self {
        case .programUnreachable where !Self.withoutCommand(facts).isEmpty:
            "\(server) starts sendfile-gate without the command serve, so it prints its help and ends."
        case .programUnreachable where facts.lacksProtocol:
            "Apache does not know the protocol of this ProxyPass line: its module is not loaded."
        case .programUnreachable where !facts.forwarding.isEmpty:
            "\(server) passes this URL on, and cannot reach the web server behind: it does not run, or listens at another address."
        case .programUnreachable where facts.socket == nil:
            "\(server) cannot reach the program: it is not running, listens elsewhere, or its socket denies access to the "
                + "web server's user. Use --socket PATH to find out."
        case .programUnreachable: "\(server) cannot reach the program: it is not running, or listens elsewhere."
        case .programNotRunning: "The program has ended and left its socket."
        case .programFailed where facts.wordsAreOutdated:
            "The gate's user can read that file now: the message is that of an earlier start, and systemd does not try again."
        case .programFailed where facts.programWords != nil:
            "With this setting, the program does not start, or cannot respond."
        case .programFailed:
            "The program failed. An invalid value of SENDFILE_BACKEND, SENDFILE_ROOT or SENDFILE_URL has this effect, "
                + "too; the program's log names it."
        case .internalMissing:
            "nginx loops: no location has the prefix that the program names, so the file's name is passed "
                + "back to the program."
        case .programSlow: "The program did not respond in time."
        case .socketMissing: "The program has not been started, or listens elsewhere."
        case .otherSocket: "\(server)'s configuration and ListenStream= of the gate's socket unit name different paths."
        case .socketClosed: "The socket belongs to another user, and its mode denies access to all others."
        case .notSignedIn where facts.asksForPassword:
            "\(FrontServer.author(ofErrorPage: facts.whole) == nil ? "The program, or the web server," : server) asks for a name "
                + "and a password; none were sent, or unknown ones."
        case .notSignedIn where FrontServer.author(ofErrorPage: facts.whole) != nil:
            "\(server) refused this request, or replaced the program's page with its own."
        case .notSignedIn: "The program refused this request: a cookie is missing or old, or a link has expired."
        case .redirected:
            // The query may contain a link's signature.
            "The URL is not the download's: \(facts.whole.field("Location")?.prefix { $0 != "?" } ?? "another URL")."
        case .methodRefused: "A component in front of the program refuses GET."
        case .unknownToProgram:
            "The program found no such file below its root, or does not know the URL. Its log contains the reason."
        case .notFoundByServer:
            switch facts.server {
            case .nginx:
                "The program found the file and nginx did not: the internal location has another directory. Causes are an "
                    + "alias without a slash at its end, root instead of alias, another directory, or a regular-expression "
                    + "location that matches the file's name."
            case .apache:
                "The program found the file and mod_xsendfile refused it: it is not below XSendFilePath."
            default:
                "The program found the file and \(server) did not: its directory differs from SENDFILE_ROOT."
            }
        case .forbiddenByServer:
            switch facts.server {
            case .lighttpd: "The file is not below x-sendfile-docroot."
            case .nginx: "nginx found the file but cannot read it, or the path contains a symbolic link."
            default: "\(server) refuses this URL before or after the program's decision."
            }
        case .closedToServer: "\(server) sends the file, and its user cannot read it."
        case .closedToProgram: "The program opens the file before the web server sends it, and its user cannot read it."
        case .hiddenFromProgram, .hiddenFromServer:
            "The unit's sandbox hides \(self.view(facts)?.hidden ?? "the file's directory") from the process, or puts another directory in its place; or "
                + "it was mounted there after the process started."
        case .otherRoot: "The gate's SENDFILE_ROOT is \((facts.runningRoot ?? "").debugDescription)."
        case .rateLimited:
            "\(server), or a component in front, limits the number of requests of a client, or the program does not keep up. The check sends about a hundred; a client "
                + "with several downloads sees the same status."
        case .notStarted where facts.isKeptFromStarting && facts.units?.refusedSetting == nil:
            "A line of the unit's files keeps systemd from starting the program, or takes away what it needs."
        case .notStarted where facts.units?.problems.isEmpty == false:
            "systemd cannot use the unit as its files say. The running program was started before the last change."
        case .notStarted:
            "systemd cannot carry out a line of the program's unit: a file or a user that it names is missing, or not accessible."
        case .closedByRule where facts.whole.status == 0:
            "\(server) closes the connection without a response, by a rule of its configuration (\(facts.server == .caddy ? "abort" : "return 444"))."
        case .closedByRule: "\(server) answers with 503 by a rule of its configuration: maintenance, or a limit."
        case .otherStatus: "\(server) or the program answers this URL with \(facts.whole.status)."
        case .headerNotHonoured: "The program names the file to \(server), and \(server) is not configured to send it."
        case .wrongDialect: "The program addresses another web server: SENDFILE_BACKEND is not the one for \(server)."
        case .headerSwallowed where facts.server == .lighttpd:
            "x-sendfile is not enabled: lighttpd removes the field and sends nothing instead."
        case .headerSwallowed: "A component removes the program's \(facts.server.field) before \(server) acts on it."
        case .brokenOff: "The connection ended early: a time limit, a full disk for temporary files, a crash."
        case .otherFile:
            "\(server) uses another directory than the program, or --file is not the file of this URL."
        case .pageInstead:
            "The response is a page with status 200: a sign-in form, an error page, the index of another program."
        case .nameLost where facts.decodingModule != nil:
            "The name was changed: \(facts.decodingModule ?? "the module") decodes % in paths, which version 0.12 does not."
        case .nameLost:
            "The name was changed: it was decoded once too often, or not at all. Each web server has its own dialect."
        case .unprotected:
            "Every client that knows the URL gets the file: the program does not check access, or a cache responds instead."
        case .anyPassword:
            "The web server accepts any password: it passes on the name that a client claims and does not check the password."
        case .wrongSecret:
            "The gate runs with another secret: it was not restarted since the secret was replaced, or reads another file."
        case .behindFails:
            "\(server) passes this URL on, and what it reaches there is not a working gate for it."
        case .secretUnreadable, .gateNotReached, .otherPrefix, .otherFormat, .otherBinding, .queryLost, .pathChanged,
            .refusalAccepted, .cached, .leavesRoot:
            ""
        case .forgedLinkTaken: "Every client gets the file at this URL: another program than the gate responds."
        case .expiredLinkTaken: "The gate's clock is behind, or a cache responds instead."
        case .internalReachable: "The location of the files is open to clients."
        case .aliasTraversal:
            "A location without a slash at its end has an alias with one, so that ../ after its name leads to the parent directory."
        case .publiclyReachable: "A public location or the document root contains the same files."
        case .pathLeaked: "A response is passed on with a field that is meant for \(server) only."
        case .statusLeaked:
            "FastCGI's status line is passed on as a field. It reveals nothing, but does not belong there."
        case .controlLeaked: "A field for nginx reaches a client through \(server), which does not know it."
        case .streamed:
            "SENDFILE_BACKEND is not set, or is stream: correct everywhere, but slower than a web server that sends files itself."
        case .rangesIgnored: "Ranges are disabled, or a component in front removes the field Range."
        case .wrongRange: "A component between the client and the file changes partial content or the ETag."
        case .headDiffers: "A component responds to HEAD differently than to GET."
        case .sameTag: "Apache uses the same ETag for all files if the program sends none: caches keep old files."
        case .noTag: "The ETag is disabled or removed: a client cannot resume, and a cache can revalidate by date only."
        case .conditionIgnored:
            "A component removes the condition or changes the ETag: the whole file is sent each time."
        case .clientRefused:
            "\(server), or a component in front, refuses clients by the name that they give themselves."
        case .postAllowed: "The program sends the file for POST as well; forms of other sites can cause such requests."
        case .compressed: "\(server) compresses on the fly: such a response has no length and no ranges."
        case .fieldsChanged:
            "A line of \(server)'s configuration, or a component in front, adds or removes header fields."
        case .clockOff: "One of the two clocks is wrong: links expire too early or too late."
        }
    }
}
