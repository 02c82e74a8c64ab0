/// A client's connection to a web server, which stays open from one request to the next until the server closes it.
struct KeptConnection: Sendable {
    private let site: HTTPClient
    private var socket: Socket?

    init(to site: HTTPClient) { self.site = site }

    /// Sends a request without a body, on a new connection if the server has announced the end of the last one.
    mutating func send(_ method: String, _ target: String, _ fields: [String: String] = [:]) throws -> HTTPAnswer {
        let socket = try self.socket ?? Socket.connected(to: .host(self.site.host, port: self.site.port))
        self.socket = nil
        let lines = fields.map { "\($0.key): \($0.value)\r\n" }.joined()
        try socket.send("\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n\(lines)\r\n".utf8)
        var bytes: [UInt8] = []
        var answer = try HTTPAnswer(from: socket, toHead: method == "HEAD", readsToEnd: false) { bytes += $0 }
        answer.body = bytes
        if answer.field("Connection") != "close" { self.socket = socket }
        return answer
    }
}
