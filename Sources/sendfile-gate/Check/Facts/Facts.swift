/// All that was found out: what the rules judge.
struct Facts: Sendable {
    let target: Target
    let server: FrontServer
    /// The web server's own clock less this machine's, in seconds, when the answer came.
    var clockDifference: Int?

    var access: FileAccess?
    var socket: SocketState?
    /// Behind Apache: the installed mod_xsendfile, if it is one that decodes `%` in paths.
    var decodingModule: String?

    /// The download itself.
    let whole: Answer
    var transfer: Transfer?
    var largeTransfer: Transfer?
    /// Without the headers that were given.
    var anonymous: Answer?
    /// With the user that was given and another password.
    var mistaken: Answer?
    /// Behind links that are not good.
    var expired: Answer?
    var forged: Answer?
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
    var inside: [Answer] = []
    var outside: [Answer] = []
    var names: [NamedAnswer] = []
    /// Why there are none, if it was tried.
    var whyNoNames: String?

    /// From which size on a file is large: in bytes.
    static let largeSize = 4 << 20

    /// What of a file went through the program.
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

    /// Every answer, to look for what must be in none.
    var answers: [Answer] { self.answersElsewhere + self.inside }

    /// Those to questions that do not name the internal prefix themselves.
    var answersElsewhere: [Answer] {
        let single = [
            self.whole, self.anonymous, self.mistaken, self.expired, self.forged, self.head, self.range, self.beyond,
            self.resumed, self.matching, self.unmodified, self.post, self.missing, self.directory, self.compressed,
        ]
        return single.compactMap { $0 } + self.outside + self.names.map(\.answer)
    }
}
