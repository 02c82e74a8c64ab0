import FastCGI
import HTTPTypes
import Sendfile
import Testing

/// FastCGI's authorizer role, record by record.
@Suite struct AuthorizerTests {
    /// The path selects the decision.
    private static func decide(_ request: Request) async throws -> Authorization {
        switch request.path {
        case "/allowed": return .allow
        case "/alice": return try .allow(variables: ["USER": "alice", "TEAM_2": "grün"])
        case "/denied":
            return .deny(Response(status: .notFound, headerFields: [.cacheControl: "no-store"], body: "not for you"))
        case "/login": return .deny(Response(status: .seeOther, headerFields: [.location: "/in"]))
        case "/secret": return .challenge(realm: "the \"files\"")
        case "/mistaken": return .deny(Response(body: "a denial"))
        case "/no-content": return .deny(Response(status: .noContent))
        case "/throws": throw Peer.Failure(description: "broken")
        case "/throws-ok": throw Successful()
        case "/injected": return try .allow(variables: ["USER": "a\r\nVariable-ADMIN: yes"])
        case "/body": return try .allow(variables: ["LENGTH": String(await request.body.collect(upTo: 10).count)])
        default: return .deny()
        }
    }

    private struct Successful: ResponseError {
        var status: HTTPResponse.Status { .ok }
    }

    private static func server(_ configuration: FastCGIServer.Configuration = .init()) async throws -> RunningServer {
        try await RunningServer(configuration, authorizer: Self.decide) {
            Response(body: .string("handler \($0.path)"))
        }
    }

    /// The records that an authorizer receives: its role, the parameters, and sometimes an empty body.
    enum Ending: CaseIterable { case parameters, emptyBody }

    static func request(
        _ target: String, _ more: [(String, String)] = [], id: UInt16 = 1, keep: Bool = true,
        ending: Ending = .parameters
    ) -> [UInt8] {
        Peer.head(Peer.parameters("GET", target, more), id: id, role: 2, keep: keep)
            + (ending == .emptyBody ? Peer.record(5, id: id) : [])
    }

    @Test("A permission is status 200 with variables only", arguments: Ending.allCases) func permission(ending: Ending)
        async throws
    {
        let server = try await Self.server()
        let peer = try server.peer()
        for id: UInt16 in 1...3 {
            try peer.send(Self.request("/alice", id: id, ending: ending))
            let answer = try peer.answer(id: id)
            #expect(answer.head == ["Status: 200 OK", "Variable-TEAM_2: grün", "Variable-USER: alice"])
            #expect(answer.body.isEmpty)
            #expect(answer.protocolStatus == 0)
            try peer.send(Self.request("/allowed", id: id, ending: ending))
            #expect(try peer.answer(id: id).head == ["Status: 200 OK"])
        }
        try await server.stop()
    }

    @Test("A denial is the response to the client", arguments: Ending.allCases) func denial(ending: Ending) async throws
    {
        let server = try await Self.server()
        let peer = try server.peer()
        try peer.send(Self.request("/denied", ending: ending))
        let denied = try peer.answer()
        #expect(denied.status == "404 Not Found")
        #expect(denied.field("Cache-Control") == "no-store")
        #expect(denied.body == Array("not for you".utf8))
        try peer.send(Self.request("/login", ending: ending))
        let login = try peer.answer()
        #expect(login.status == "303 See Other")
        #expect(login.field("Location") == "/in")
        try peer.send(Self.request("/secret", keep: false, ending: ending))
        let secret = try peer.answer()
        #expect(secret.status == "401 Unauthorized")
        #expect(secret.field("WWW-Authenticate") == "Basic realm=\"the \\\"files\\\"\", charset=\"UTF-8\"")
        #expect(try peer.isClosed())
        try await server.stop()
    }

    static let mistakes = [
        ("/mistaken", "403 Forbidden", "would permit access"), ("/no-content", "403 Forbidden", "204"),
        ("/throws", "500 Internal Server Error", "broken"), ("/throws-ok", "403 Forbidden", "would permit access"),
        ("/injected", "500 Internal Server Error", "variable USER contains a control character"),
        ("/alice/../denied", "400 Bad Request", "which web servers interpret differently"),
        ("/%2e%2E/alice", "400 Bad Request", "which web servers interpret differently"),
        ("/x%2f.", "400 Bad Request", "which web servers interpret differently"),
        ("/alice%00", "400 Bad Request", "which web servers interpret differently"),
        // nginx looks for "/denied": the rest does not belong to the name for it.
        ("/denied#/../alice", "400 Bad Request", "which web servers interpret differently"),
        ("/alice#", "400 Bad Request", "which web servers interpret differently"),
    ]

    @Test("No error permits access", arguments: Self.mistakes) func errors(
        target: String, status: String, line: String
    ) async throws {
        let server = try await Self.server()
        let peer = try server.peer()
        try peer.send(Self.request(target))
        #expect(try peer.answer().status == status)
        #expect(server.log.contains(line))
        try peer.send(Self.request("/allowed"))
        #expect(try peer.answer().status == "200 OK")
        try await server.stop()
    }

    @Test("A request without a target is refused") func missingTarget() async throws {
        let server = try await Self.server()
        let peer = try server.peer()
        try peer.send(Peer.head([("REQUEST_METHOD", "GET")], role: 2))
        #expect(try peer.answer().status == "500 Internal Server Error")
        #expect(server.log.contains("without REQUEST_URI"))
        try await server.stop()
    }

    @Test("Repeated slashes in a path are merged") func slashes() async throws {
        let server = try await Self.server()
        let peer = try server.peer()
        for target in ["//alice", "////alice?x=//"] {
            try peer.send(Self.request(target))
            #expect(try peer.answer().status == "200 OK", "\(target)")
        }
        try await server.stop()
    }

    @Test("Requests of both roles share a connection, and each role has its own closure") func sharedConnection()
        async throws
    {
        let server = try await Self.server()
        let peer = try server.peer()
        for ending in Ending.allCases {
            #expect(try peer.request("GET", "/denied").body == Array("handler /denied".utf8))
            try peer.send(Self.request("/denied", id: 2, ending: ending))
            #expect(try peer.answer(id: 2).status == "404 Not Found")
            #expect(try peer.request("POST", "/alice", body: [1, 2, 3]).body == Array("handler /alice".utf8))
            try peer.send(Peer.head(Peer.parameters("GET", "/alice"), id: 4, role: 3) + Peer.body([1], id: 4))
            #expect(try peer.answer(id: 4).protocolStatus == 3)
            try peer.send(Self.request("/alice", id: 3, ending: ending))
            #expect(try peer.answer(id: 3).status == "200 OK")
        }
        // All requests at once, one after the other.
        let bytes =
            Self.request("/alice", id: 1) + Self.request("/denied", id: 2, ending: .emptyBody)
            + Peer.head(Peer.parameters("GET", "/handled"), id: 3) + Peer.body([], id: 3)
            + Self.request("/allowed", id: 4, keep: false)
        try peer.send(bytes)
        #expect(try peer.answer(id: 1).status == "200 OK")
        #expect(try peer.answer(id: 2).status == "404 Not Found")
        #expect(try peer.answer(id: 3).body == Array("handler /handled".utf8))
        #expect(try peer.answer(id: 4).status == "200 OK")
        #expect(try peer.isClosed())
        try await server.stop()
    }

    @Test("A request arrives complete, in chunks of any size", arguments: [1, 7, 9]) func chunks(chunk: Int)
        async throws
    {
        let server = try await Self.server()
        let peer = try server.peer()
        for _ in 0..<2 {
            let bytes = Self.request("/alice", ending: .emptyBody)
            for start in stride(from: 0, to: bytes.count, by: chunk) {
                try peer.send(Array(bytes[start..<min(bytes.count, start + chunk)]))
            }
            #expect(try peer.answer().status == "200 OK")
        }
        try await server.stop()
    }

    @Test("A missing body of an authorizer's request delays nothing") func missingBody() async throws {
        let server = try await Self.server()
        let peer = try server.peer()
        try peer.send(Self.request("/body", [("CONTENT_LENGTH", "5")]))
        #expect(try peer.answer().field("Variable-LENGTH") == "0")
        try peer.send(Peer.body([1, 2, 3, 4, 5]))
        #expect(try peer.request("GET", "/next").body == Array("handler /next".utf8))
        try await server.stop()
    }

    @Test("An abort cancels the authorizer, whose decision then permits nothing") func abort() async throws {
        let begun = Locked(0)
        let waiting: FastCGIServer.Authorizer = { _ in
            begun.withLock { $0 += 1 }
            try await Task.sleep(for: .seconds(60))
            return .allow
        }
        let server = try await RunningServer(authorizer: waiting) { _ in Response() }
        for (number, ending) in Ending.allCases.enumerated() {
            let peer = try server.peer()
            try peer.send(Self.request("/slow"))
            try await RunningServer.wait { begun.withLock { $0 } > number }
            try peer.send((ending == .emptyBody ? Peer.record(5, padding: 3) : []) + Peer.record(2))
            #expect(try peer.answer().status == "503 Service Unavailable")
            #expect(try peer.request("GET", "/next", keep: false).status == "200 OK")
        }
        try await server.stop()
    }

    @Test("An authorizer that takes too long permits nothing") func timeLimit() async throws {
        let slow: FastCGIServer.Authorizer = { _ in
            // If it is cancelled, it permits a request that is no longer waiting.
            try? await Task.sleep(for: .seconds(60))
            return .allow
        }
        let configuration = FastCGIServer.Configuration.with { $0.handlerTimeout = .milliseconds(200) }
        let server = try await RunningServer(configuration, authorizer: slow) { _ in Response() }
        let peer = try server.peer()
        try peer.send(Self.request("/slow"))
        #expect(try peer.answer().status == "504 Gateway Timeout")
        try await server.stop()
    }

    @Test("A request with too many parameters is refused") func tooManyParameters() async throws {
        let server = try await Self.server(.with { $0.parameterCountLimit = 10 })
        let peer = try server.peer()
        try peer.send(Self.request("/alice", (0..<20).map { ("P\($0)", "v") }))
        #expect(try peer.answer().status == "431 Request Header Fields Too Large")
        try await server.stop()
    }
}
