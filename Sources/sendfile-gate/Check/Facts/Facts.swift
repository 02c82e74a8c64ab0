/// All facts that the rules evaluate.
struct Facts: Sendable {
    let target: Target
    let server: FrontServer
    /// The web server's clock minus this machine's, in seconds, at the time of the response.
    var clockDifference: Int?

    var access: FileAccess?
    var socket: SocketState?
    /// Behind Apache, the path of an installed mod_xsendfile that decodes `%` in paths.
    var decodingModule: String?

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

    /// Every response, for rules that forbid something in all of them.
    var answers: [Answer] { self.answersElsewhere + self.inside }

    /// The responses to requests that do not contain the internal prefix.
    var answersElsewhere: [Answer] {
        let single = [
            self.whole, self.anonymous, self.mistaken, self.expired, self.forged, self.head, self.range, self.beyond,
            self.resumed, self.matching, self.unmodified, self.post, self.missing, self.directory, self.compressed,
        ]
        return single.compactMap { $0 } + self.outside + self.names.map(\.answer)
    }
}
