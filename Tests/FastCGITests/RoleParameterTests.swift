import FastCGI
import HTTPTypes
import Testing

/// `FCGI_ROLE`, with which nginx calls the authorizer in an ordinary request.
@Suite struct RoleParameterTests {
    private static func server(hasAuthorizer: Bool = true) async throws -> RunningServer {
        let authorizer: FastCGIServer.Authorizer = { request in
            #expect(request.role == .authorizer)
            switch request.path {
            case "/alice": return try .allow(variables: ["USER": "alice"])
            case "/login": return .deny(Response(status: .seeOther, headerFields: [.location: "/in"], body: "login"))
            default: return .deny(Response(status: .notFound))
            }
        }
        return try await RunningServer(
            .with { $0.readTimeout = .milliseconds(300) }, authorizer: hasAuthorizer ? authorizer : nil
        ) { request in
            #expect(request.role == .responder)
            for try await _ in request.body {}
            return Response(body: .string("\(request.parameters["FCGI_ROLE"] ?? "-") \(request.path)"))
        }
    }

    @Test("The authorizer's decision has the form for nginx") func nginx() async throws {
        let server = try await Self.server()
        let peer = try server.peer()
        let role = [("FCGI_ROLE", "AUTHORIZER")]
        let allowed = try peer.request("GET", "//alice", role)
        #expect(allowed.head == ["Status: 204 No Content", "Variable-USER: alice"])
        let login = try peer.request("GET", "/login", role)
        #expect(login.status == "401 Unauthorized")
        #expect(login.field("Location") == "/in")
        #expect(login.body.isEmpty)
        #expect(try peer.request("GET", "/other", role).status == "403 Forbidden")
        #expect(try peer.request("GET", "/alice/./x", role).status == "403 Forbidden")
        #expect(try peer.request("GET", "/alice").body == Array("RESPONDER /alice".utf8))
        try await server.stop()
    }

    @Test("A length without a body is not an error for the authorizer") func missingBody() async throws {
        let server = try await Self.server()
        let peer = try server.peer()
        let more = [("FCGI_ROLE", "AUTHORIZER"), ("CONTENT_LENGTH", "1000")]
        #expect(try peer.request("POST", "/alice", more).status == "204 No Content")
        try peer.send(Peer.begin())
        try peer.send(Peer.record(4, Peer.pairs(Peer.parameters("POST", "/alice", more))) + Peer.record(4))
        try peer.send(Peer.record(5))
        #expect(try peer.answer().status == "204 No Content")
        // In the responder role, a missing body is an error.
        let other = [("FCGI_ROLE", "RESPONDER"), ("CONTENT_LENGTH", "1000")]
        #expect(try peer.request("POST", "/alice", other).status == "400 Bad Request")
        try await server.stop()
    }

    static let refused: [([(String, String)], String)] = [
        ([("FCGI_ROLE", "FILTER")], "500 Internal Server Error"), ([("FCGI_ROLE", "")], "500 Internal Server Error"),
        ([("FCGI_ROLE", "authorizer")], "500 Internal Server Error"),
        ([("FCGI_ROLE", "AUTHORIZER"), ("FCGI_ROLE", "AUTHORIZER")], "204 No Content"),
        ([("FCGI_ROLE", "RESPONDER")], "200 OK"), ([("HTTP_FCGI_ROLE", "AUTHORIZER")], "200 OK"),
    ]

    @Test("A request for an unknown role does not reach the handler", arguments: Self.refused.indices) func unknownRole(
        index: Int
    )
        async throws
    {
        let (more, status) = Self.refused[index]
        let server = try await Self.server()
        #expect(try server.peer().request("GET", "/alice", more).status == status)
        #expect(server.log.contains("neither AUTHORIZER nor RESPONDER") == status.hasPrefix("500"))
        try await server.stop()
    }

    @Test("A request for a missing authorizer does not reach the handler") func noAuthorizer() async throws {
        let server = try await Self.server(hasAuthorizer: false)
        let peer = try server.peer()
        let answer = try peer.request("GET", "/alice", [("FCGI_ROLE", "AUTHORIZER")])
        #expect(answer.status == "500 Internal Server Error")
        #expect(server.log.contains("this program has no authorizer"))
        #expect(try peer.request("GET", "/alice").status == "200 OK")
        try await server.stop()
    }
}
