/// What is wrong: one mistake, or a few that look the same from outside.
enum Diagnosis: String, CaseIterable, Sendable {
    // Nothing, or an error, comes.
    case programUnreachable = "program-unreachable"
    case programNotRunning = "program-not-running"
    case programFailed = "program-failed"
    case programSlow = "program-slow"
    case internalMissing = "internal-missing"
    case socketMissing = "socket-missing"
    case socketClosed = "socket-closed"
    case notSignedIn = "not-signed-in"
    case redirected
    case methodRefused = "method-refused"
    case unknownToProgram = "unknown-to-program"
    case notFoundByServer = "not-found-by-server"
    case forbiddenByServer = "forbidden-by-server"
    case closedToServer = "closed-to-server"
    case otherStatus = "other-status"
    // Something else than the file comes.
    case headerNotHonoured = "header-not-honoured"
    case wrongDialect = "wrong-dialect"
    case headerSwallowed = "header-swallowed"
    case brokenOff = "broken-off"
    case otherFile = "other-file"
    case pageInstead = "page-instead"
    case nameLost = "name-lost"
    case wrongSecret = "wrong-secret"
    // The file comes to those who must not have it, or tells too much.
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
    // It comes, not as well as it could.
    case streamed
    case rangesIgnored = "ranges-ignored"
    case wrongRange = "wrong-range"
    case headDiffers = "head-differs"
    case sameTag = "same-tag"
    case noTag = "no-tag"
    case conditionIgnored = "condition-ignored"
    case postAllowed = "post-allowed"
    case compressed
    case clockOff = "clock-off"

    /// What a status means that is not 200.
    ///
    /// - Parameter isServersOwn: Whether the web server wrote the page: the program, which writes none, said something else.
    init(status: Int, isServersOwn: Bool, _ facts: Facts) {
        // A web server that writes no pages of its own cannot be told from the program.
        let isServers = isServersOwn || facts.server == .caddy && facts.whole.length == 0
        switch status {
        case 300..<400: self = .redirected
        case 401: self = .notSignedIn
        case 403: self = isServers ? .forbiddenByServer : .notSignedIn
        case 404, 410: self = isServers ? .notFoundByServer : .unknownToProgram
        case 405: self = .methodRefused
        // A program that fails is told from one that is not there by who wrote the page.
        case 500 where isServersOwn: self = facts.server == .nginx ? .internalMissing : .programUnreachable
        case 500: self = .programFailed
        case 502, 503: self = .programUnreachable
        case 504: self = .programSlow
        default: self = .otherStatus
        }
    }

    /// The likely cause, in a sentence or two.
    func cause(_ facts: Facts) -> String {
        let server = facts.server.title
        return switch self {
        case .programUnreachable where facts.socket == nil:
            "\(server) reaches no program: it does not run, or listens elsewhere, or its socket does not let the web server's "
                + "user in: --socket PATH tells."
        case .programUnreachable: "\(server) reaches no program: it does not run, or listens elsewhere."
        case .programNotRunning: "The program has ended, and left its socket."
        case .programFailed:
            "The program failed. SENDFILE_BACKEND, SENDFILE_ROOT or SENDFILE_URL with a value that cannot be used does that, "
                + "too; the program's log says which."
        case .internalMissing:
            "nginx goes in a circle: no location is called like the prefix that the program names, so the file's name goes "
                + "back to the program."
        case .programSlow: "The program did not answer in time."
        case .socketMissing: "The program has not been started, or listens elsewhere."
        case .socketClosed: "The socket belongs to another user, and its mode lets nobody else in."
        case .notSignedIn where facts.asksForPassword:
            "\(FrontServer.author(ofErrorPage: facts.whole) == nil ? "The program, or the web server," : server) asks for a name "
                + "and a password, and was given none, or none that it knows."
        case .notSignedIn where FrontServer.author(ofErrorPage: facts.whole) != nil:
            "\(server) turned this request away, or put its own page in the place of the program's."
        case .notSignedIn: "The program turned this request away: a cookie is missing or old, or a link has expired."
        case .redirected: "The URL is not the download's: \(facts.whole.field("Location") ?? "there is another one")."
        case .methodRefused: "Something in front of the program refuses GET."
        case .unknownToProgram:
            "The program found no such file below its root, or knows no such URL. Its log has the reason."
        case .notFoundByServer:
            switch facts.server {
            case .nginx:
                "The program found the file and nginx did not: the internal location leads elsewhere. An alias without its "
                    + "slash at the end, root instead of alias and another directory all do that, and so does a location with "
                    + "a regular expression that takes the file's name for itself."
            case .apache:
                "The program found the file and mod_xsendfile refused it: it is not below XSendFilePath."
            default:
                "The program found the file and \(server) did not: its directory is another one than SENDFILE_ROOT."
            }
        case .forbiddenByServer:
            switch facts.server {
            case .lighttpd: "The file is not below x-sendfile-docroot."
            case .nginx: "nginx found the file and may not read it, or a symbolic link is on the way."
            default: "\(server) refuses this URL before or after the program saw it."
            }
        case .closedToServer: "The program can read the file, and \(server), which sends it, cannot."
        case .otherStatus: "\(server) or the program answers this URL with \(facts.whole.status)."
        case .headerNotHonoured: "The program names the file to \(server), and \(server) is not told to send it."
        case .wrongDialect: "The program speaks to another web server: SENDFILE_BACKEND is not the one for \(server)."
        case .headerSwallowed where facts.server == .lighttpd:
            "x-sendfile is not enabled: lighttpd takes the field away and sends nothing in its place."
        case .headerSwallowed: "Something takes the program's \(facts.server.field) away before \(server) acts on it."
        case .brokenOff: "The connection ended early: a time limit, a full disk for temporary files, a crash."
        case .otherFile:
            "\(server) sends from another directory than the program looked in, or --file is not this URL's."
        case .pageInstead:
            "Something answers with a page and the status 200: a sign-in form, an error page, the index of another program."
        case .nameLost where facts.decodingModule != nil:
            "The name changed on its way: \(facts.decodingModule ?? "the module") decodes % in paths, which version 0.12 did not."
        case .nameLost:
            "The name changed on its way: it is decoded once too often, or not at all. Each web server has its own dialect."
        case .unprotected:
            "Whoever knows the URL has the file: the program does not ask, or a cache answers in its place."
        case .anyPassword:
            "The web server believes any password: it hands on the name that a client claims, and nobody looks at the password."
        case .wrongSecret:
            "The secret, the format, the binding or the prefix of the links is not the gate's, or the URL is not the gate's."
        case .forgedLinkTaken: "This URL gives the file to everybody: what answers is not the gate."
        case .expiredLinkTaken: "The gate's clock is behind, or a cache answers in its place."
        case .internalReachable: "The location of the files is open to clients."
        case .aliasTraversal:
            "A location without a slash at its end has an alias with one, so that ../ behind its name leads up from there."
        case .publiclyReachable: "A public location or the document root leads to the same files."
        case .pathLeaked: "An answer is passed on with what was meant for \(server) alone."
        case .statusLeaked:
            "FastCGI's status line is passed on as a field. It tells nothing, and does not belong there."
        case .controlLeaked: "A field for nginx reaches a client by way of \(server), which does not know it."
        case .streamed:
            "SENDFILE_BACKEND is not set, or is stream: right everywhere, and slower than a web server that sends by itself."
        case .rangesIgnored: "Ranges are switched off, or something in front takes the field Range away."
        case .wrongRange: "Something between the client and the file changes parts, or the ETag, on their way."
        case .headDiffers: "Something answers HEAD otherwise than GET."
        case .sameTag: "Apache makes one ETag for all files of a program that sends none: old files stay in caches."
        case .noTag: "The ETag is switched off or taken away: a client cannot resume, and a cache asks by date alone."
        case .conditionIgnored:
            "Something takes the condition away or changes the ETag: everything is sent again each time."
        case .postAllowed: "The program gives the file for POST as well; forms of other sites can cause that."
        case .compressed: "\(server) compresses on the fly: such an answer has no length and no ranges."
        case .clockOff: "One of the two clocks is wrong: links expire too early or too late."
        }
    }
}
