/// All facts about a gate whose root is a bucket.
struct StoreFacts: Sendable {
    let settings: StoreSettings
    /// The file and line of each setting by its name.
    let places: [String: String]
    /// The bucket and the store's address.
    let store: String
    /// The object's key below the prefix.
    let key: String
    /// The header lines of the command line.
    let headers: [String]

    // The store, asked by this program.

    /// The response to a signed GET of the first bytes.
    let object: StoreReply
    /// The store's clock minus this machine's, in seconds.
    var clockDifference: Int?
    /// The response at the other addressing of S3, if the first one was refused.
    var otherAddressing: StoreReply?
    /// The responses to a signed HEAD, and to a GET of the object and of the bucket without a signature.
    var head: StoreReply?
    var unsigned: StoreReply?
    var listing: StoreReply?

    // The gate, asked through the web server.

    let gate: GateLinks
    let front: Answer
    let server: FrontServer
    /// The response of the store to which a client is redirected.
    var followed: StoreReply?
    var expired: Answer?
    var forged: Answer?
    /// The gate's account of a forged link, and of the link itself if the object is not received.
    var gateReply: GateReply = .none
    var ownReply: GateReply = .none
    /// The responses with another `Authorization`, without any, with HEAD and with a range.
    var authorized: Answer?
    var unauthorized: Answer?
    var frontHead: Answer?
    var range: Answer?
    /// The response at the web server's internal location.
    var inside: Answer?

    /// The lines of the web server's error log about the requests.
    var errorLog: [String] = []
    var route: Route?
    /// The part of the web server's configuration that fetches objects.
    var internalRoute: Route?

    /// Whether the object was received through the gate, from the web server or the store.
    var arrives: Bool { self.isObject(self.front) || self.followed.map { self.isRedirected && $0.isObject } == true }

    /// Whether the client is sent to the store.
    var isRedirected: Bool { (300..<400).contains(self.front.status) }

    /// Whether a response has the bytes of the object.
    func isObject(_ answer: Answer) -> Bool {
        guard answer.status == 200, let size = self.object.size else { return false }
        let beginning = self.object.answer?.beginning ?? []
        let count = min(beginning.count, answer.beginning.count)
        return answer.beginning.prefix(count) == beginning.prefix(count)
            && (answer.isCut ? answer.length >= count : answer.length == size)
    }

    /// The place of a setting in the settings file, before its name.
    func setting(_ name: String) -> String { self.places[name].map { "\($0): \(name)" } ?? name }
}
