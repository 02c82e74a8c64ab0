import FastCGI
import Glibc
import Testing

/// Records that a peer may send but a web server should not.
@Suite struct ProtocolTests {
    private static func server() async throws -> RunningServer {
        try await RunningServer { Response(body: .string($0.path)) }
    }

    @Test("FCGI_GET_VALUES gets a reply and the connection stays usable") func getValues() async throws {
        let server = try await Self.server()
        let peer = try server.peer()
        for _ in 0..<2 {
            let names = Peer.pairs([("FCGI_MAX_CONNS", ""), ("FCGI_MPXS_CONNS", ""), ("UNKNOWN", "")])
            try peer.send(Peer.record(9, id: 0, names, padding: 1))
            let values = try #require(try peer.nextRecord())
            #expect(values.type == 10)
            #expect(values.content == Peer.pairs([("FCGI_MAX_CONNS", "16384"), ("FCGI_MPXS_CONNS", "0")]))
            #expect(try peer.request("GET", "/next").body == Array("/next".utf8))
        }
        try await server.stop()
    }

    @Test("An unknown management record gets the reply FCGI_UNKNOWN_TYPE") func unknownType() async throws {
        let server = try await Self.server()
        let peer = try server.peer()
        try peer.send(Peer.record(77, id: 0, [1, 2, 3]))
        let answer = try #require(try peer.nextRecord())
        #expect(answer == Peer.Record(type: 11, requestID: 0, content: [77, 0, 0, 0, 0, 0, 0, 0]))
        #expect(try peer.request("GET", "/next").body == Array("/next".utf8))
        try await server.stop()
    }

    @Test("A request for another role is refused and the connection stays usable", arguments: [UInt16(2), 3, 9])
    func unknownRole(role: UInt16)
        async throws
    {
        let server = try await Self.server()
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters(), id: 5, role: role) + Peer.body([1, 2], id: 5))
        let answer = try peer.answer(id: 5)
        #expect(answer.protocolStatus == 3)
        // lighttpd treats an empty response of an authorizer as a permission.
        #expect(answer.status == "500 Internal Server Error")
        #expect(try peer.request("GET", "/next").body == Array("/next".utf8))
        try await server.stop()
    }

    @Test("A second request on a busy connection is refused, and the first is answered") func busyConnection()
        async throws
    {
        let server = try await Self.server()
        let peer = try server.peer()
        try peer.send(Peer.begin(id: 1) + Peer.begin(id: 2) + Peer.record(4, id: 2, Peer.pairs([("A", "b")])))
        #expect(try peer.answer(id: 2).protocolStatus == 1)
        try peer.send(
            Peer.record(4, id: 1, Peer.pairs(Peer.parameters("GET", "/one"))) + Peer.record(4, id: 1)
                + Peer.record(5, id: 1))
        #expect(try peer.answer(id: 1).body == Array("/one".utf8))
        try await server.stop()
    }

    @Test("Pipelined requests are answered in order") func pipelinedRequests() async throws {
        let server = try await Self.server()
        let peer = try server.peer()
        var bytes: [UInt8] = []
        for id in 1...5 {
            bytes += Peer.head(Peer.parameters("GET", "/\(id)"), id: UInt16(id)) + Peer.body([], id: UInt16(id))
        }
        try peer.send(bytes)
        for id in 1...5 { #expect(try peer.answer(id: UInt16(id)).body == Array("/\(id)".utf8)) }
        try await server.stop()
    }

    @Test("Padding after the last record does not belong to the next request") func padding() async throws {
        let server = try await Self.server()
        let peer = try server.peer()
        for number in 1...100 {
            let body = Peer.record(5, [1, 2], padding: 6) + Peer.record(5, padding: number)
            try peer.send(Peer.head(Peer.parameters("POST", "/\(number)")) + body)
            #expect(try peer.answer().body == Array("/\(number)".utf8))
        }
        try await server.stop()
    }

    static let malformed: [(String, [UInt8])] = [
        ("another version", [9, 1, 0, 1, 0, 8, 0, 0] + [UInt8](repeating: 0, count: 8)),
        ("HTTP", Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)),
        ("a short begin", Peer.record(1, [0, 1])),
        ("a name that claims 2 GiB", Peer.begin() + Peer.record(4, [0xFF, 0xFF, 0xFF, 0xFF, 0, 65]) + Peer.record(4)),
        ("a value that claims 2 GiB", Peer.begin() + Peer.record(4, [1, 0xFF, 0xFF, 0xFF, 0xFF, 65]) + Peer.record(4)),
        ("a length that is cut off", Peer.begin() + Peer.record(4, [1, 0x80, 0]) + Peer.record(4)),
        ("an empty name", Peer.begin() + Peer.record(4, [0, 1, 65]) + Peer.record(4)),
        ("a name with =", Peer.begin() + Peer.record(4, Peer.pairs([("A=B", "c")])) + Peer.record(4)),
        ("a value with NUL", Peer.begin() + Peer.record(4, Peer.pairs([("A", "c\0d")])) + Peer.record(4)),
        ("a body before the parameters", Peer.begin() + Peer.record(5, [1]) + Peer.record(4)),
        ("a server's record", Peer.begin() + Peer.record(6, [1])),
    ]

    @Test("Malformed input ends its connection and nothing else", arguments: Self.malformed) func malformedInput(
        name: String, bytes: [UInt8]
    ) async throws {
        let server = try await Self.server()
        let peer = try server.peer()
        try peer.send(bytes)
        #expect(try peer.isClosed())
        #expect(try server.peer().request("GET", "/alive").body == Array("/alive".utf8))
        try await server.stop()
    }

    @Test("A request with too many parameters is answered with 431") func tooManyParameters() async throws {
        let server = try await RunningServer(
            .with {
                $0.parameterBytesLimit = 2000
                $0.parameterCountLimit = 10
            }
        ) { Response(body: .string($0.path)) }
        let many = (0..<20).map { ("P\($0)", "v") }
        #expect(try server.peer().request("GET", "/", many).status == "431 Request Header Fields Too Large")
        let large = [("P", String(repeating: "v", count: 3000))]
        #expect(try server.peer().request("GET", "/", large).status == "431 Request Header Fields Too Large")
        #expect(server.log.contains("FASTCGI_PARAMETER_COUNT"))
        #expect(server.log.contains("FASTCGI_PARAMETER_BYTES"))
        try await server.stop()
    }

    @Test("A body over the limit is answered with 413", arguments: [10, 100_000]) func largeBody(declared: Int)
        async throws
    {
        let server = try await RunningServer(.with { $0.bodyLimit = 5 }) { _ in Response(body: .string("not reached")) }
        let answer = try server.peer().request("POST", "/", body: [UInt8](repeating: 1, count: declared), keep: false)
        #expect(answer.status == "413 Content Too Large")
        try await server.stop()
    }

    @Test("A body shorter than its length is an error for the handler") func shortBody() async throws {
        let server = try await RunningServer { request in
            Response(body: .bytes(try await request.body.collect(upTo: 1000)))
        }
        let peer = try server.peer()
        let parameters = Peer.parameters("POST", "/", [("CONTENT_LENGTH", "10")])
        try peer.send(Peer.head(parameters) + Peer.record(5, [1, 2, 3]))
        try peer.send(Peer.record(5))
        #expect(try peer.answer().status == "400 Bad Request")
        try await server.stop()
    }
}
