import FastCGI
import HTTPTypes
import Testing

/// Requests that the web server in front may have interpreted in another way.
@Suite struct AmbiguousRequestTests {
    /// A server whose response contains the values by which a handler decides.
    private static func server() async throws -> RunningServer {
        let authorizer: FastCGIServer.Authorizer = { _ in .allow }
        return try await RunningServer(authorizer: authorizer) { request in
            Response(body: .string("\(request.path) \(request.rawPath) \(request.query ?? "-")"))
        }
    }

    private static func text(_ answer: Peer.Answer) -> String {
        answer.status == "200 OK" ? String(decoding: answer.body, as: UTF8.self) : answer.status
    }

    /// A request target, the web server's parameters for it, and the handler's view of it.
    static let targets: [(target: String, script: String?, info: String?, answer: String)] = [
        // The path is the one that the web server has checked, and not the text after "://".
        ("http:/open/x://y/d/private/s.txt", "", "/open/x:/y/d/private/s.txt", "/open/x:/y/d/private/s.txt"),
        ("http://y/private/s.txt", "", "/", "/"), ("x:http://y/private", "/app", "/p", "/app/p"),
        ("http://localhost/a%20b/%2541", "", "/a b/%41", "/a b/%41"),
        // The path is unknown.
        ("http://localhost/a", nil, nil, "400 Bad Request"), ("http://localhost/a", "", "", "400 Bad Request"),
        ("http://localhost", "", "a", "400 Bad Request"), ("", "", "", "400 Bad Request"),
        ("*", nil, nil, "400 Bad Request"), ("*", "", "*", "400 Bad Request"),
        ("localhost:443", "", "", "400 Bad Request"), ("?x=y", "", nil, "400 Bad Request"),
        ("http://localhost/x", "", "/a/../x", "404 Not Found"),
    ]

    @Test("A target that is not a path is interpreted as the web server does", arguments: Self.targets.indices)
    func otherTargets(
        index: Int
    ) async throws {
        let (target, script, info, expected) = Self.targets[index]
        let server = try await Self.server()
        var more: [(String, String)] = []
        if let script { more.append(("SCRIPT_NAME", script)) }
        if let info { more.append(("PATH_INFO", info)) }
        let answer = Self.text(try server.peer().request("GET", target, more))
        #expect(answer == expected || answer.hasPrefix("\(expected) /"), "\(answer)")
        // The log contains the target as it was sent.
        #expect(expected.hasPrefix("/") || server.log.contains("\"path\": \(target.prefix { $0 != "?" })"))
        // An authorizer decides about the path by which the web server finds the file, and that path is never guessed.
        let peer = try server.peer()
        try peer.send(AuthorizerTests.request(target, more))
        let denial = try peer.answer().status
        #expect(denial == (target.isEmpty ? "500 Internal Server Error" : "400 Bad Request"))
        try await server.stop()
    }

    @Test("The query of a target that is not a path comes from the web server") func queries() async throws {
        let server = try await Self.server()
        let more = [("SCRIPT_NAME", ""), ("PATH_INFO", "/é"), ("QUERY_STRING", "a=b")]
        #expect(
            Self.text(try server.peer().request("GET", "http://localhost/%C3%A9?a=b", more)) == "/é /%C3%A9 a=b")
        #expect(Self.text(try server.peer().request("OPTIONS", "*", more)) == "/é /%C3%A9 a=b")
        try await server.stop()
    }

    /// Paths that every web server interprets alike, and paths that they interpret differently.
    static let paths: [(target: String, path: String?)] = [
        ("/", "/"), ("//", "//"), ("/a//b", "/a//b"), ("/a..", "/a.."), ("/..a/.../.b", "/..a/.../.b"),
        ("/..;/a;b", "/..;/a;b"), ("/..%5ca\\b", "/..\\a\\b"), ("/%252F%252e%2525", "/%2F%2e%25"),
        ("/100%", "/100%"), ("/%2", "/%2"), ("/%zz", "/%zz"), ("/a?/../%2F#", "/a"), ("/%C3%A9", "/é"),
        ("/%c0%ae/a", "/\u{FFFD}\u{FFFD}/a"),
        ("/a%2Fb", nil), ("/a%2fb", nil), ("/%2f", nil), ("/.", nil), ("/..", nil), ("/../a", nil), ("/a/..", nil),
        ("/a/./b", nil), ("/a/.", nil), ("/%2e%2E/a", nil), ("/.%2e?x", nil), ("/a/%2E", nil), ("/a#b", nil),
        ("/#", nil), ("/a%00b", nil), ("//../a", nil),
    ]

    @Test("A path that web servers interpret differently is refused") func ambiguousPaths() async throws {
        let server = try await Self.server()
        let peer = try server.peer()
        for (target, path) in Self.paths {
            let answer = Self.text(try peer.request("GET", target))
            #expect(path == nil ? answer == "404 Not Found" : answer.hasPrefix("\(path ?? "") /"), "\(target)")
            let authorizer = try server.peer()
            try authorizer.send(AuthorizerTests.request(target))
            #expect(try authorizer.answer().status == (path == nil ? "400 Bad Request" : "200 OK"), "\(target)")
        }
        #expect(server.log.contains("which web servers interpret differently"))
        try await server.stop()
    }

    /// Parameters that occur twice, and the status for the client.
    static let repeated: [(parameters: [(String, String)], status: String)] = [
        ([("REMOTE_USER", ""), ("REMOTE_USER", "ada")], "500 Internal Server Error"),
        ([("REMOTE_USER", "ada"), ("X", "y"), ("REMOTE_USER", "bob")], "500 Internal Server Error"),
        ([("REQUEST_URI", "/public")], "500 Internal Server Error"),
        ([("REQUEST_METHOD", "HEAD")], "500 Internal Server Error"),
        ([("SENDFILE_ROOT", "/a"), ("SENDFILE_ROOT", "/b")], "500 Internal Server Error"),
        ([("FCGI_ROLE", "RESPONDER"), ("FCGI_ROLE", "AUTHORIZER")], "500 Internal Server Error"),
        ([("FCGI_ROLE", "AUTHORIZER"), ("FCGI_ROLE", "RESPONDER")], "500 Internal Server Error"),
        ([("A", "1"), ("A", "1"), ("A", "2")], "500 Internal Server Error"),
        ([("CONTENT_TYPE", "text/plain"), ("CONTENT_TYPE", "text/html")], "400 Bad Request"),
        ([("CONTENT_LENGTH", "0"), ("CONTENT_LENGTH", "")], "400 Bad Request"),
        ([("REMOTE_USER", "ada"), ("REMOTE_USER", "ada")], "200 OK"), ([("REQUEST_URI", "/")], "200 OK"),
        // A client may send a field twice, and HAProxy and nginx before 1.23 pass both on.
        ([("HTTP_X", "1"), ("HTTP_X", "2"), ("HTTP_COOKIE", "a"), ("HTTP_COOKIE", "b")], "200 OK"),
        ([("HTTPS", "on"), ("HTTPS", "off")], "500 Internal Server Error"),
    ]

    @Test("A parameter with two values is refused, and the log names it", arguments: Self.repeated.indices)
    func repeatedParameters(
        index: Int
    ) async throws {
        let (parameters, status) = Self.repeated[index]
        let server = try await Self.server()
        let peer = try server.peer()
        #expect(try peer.request("GET", "/", parameters).status == status)
        let name = parameters.last?.0 ?? ""
        #expect(server.log.contains("sends \(name) twice, with two values") == (status != "200 OK"))
        #expect(server.log.contains("error a request is refused") == status.hasPrefix("500"))
        // A request in several reads is assembled.
        try peer.send(Peer.begin())
        try peer.send(Peer.record(4, Peer.pairs(Peer.parameters("GET", "/", parameters))) + Peer.record(4))
        try peer.send(Peer.record(5))
        #expect(try peer.answer().status == status)
        try await server.stop()
    }

    @Test("Several lines of one header field are joined to one value") func fieldLines() async throws {
        let server = try await RunningServer { request in
            let cookies = request.cookies
            let lines = [
                cookies["a"], cookies["b"], cookies["c"], request.parameters["HTTP_COOKIE"],
                request.fieldValue(.ifNoneMatch), request.headerFields[.cookie], request.parameters["HTTP_X"],
                request.basicCredentials?.user,
            ]
            return Response(body: .string(lines.map { $0 ?? "-" }.joined(separator: "|")))
        }
        let answer = try server.peer().request(
            "GET", "/",
            [
                ("HTTP_COOKIE", "a=1; b=2"), ("HTTP_IF_NONE_MATCH", "\"x\""), ("HTTP_COOKIE", "c=3"), ("HTTP_X", ""),
                ("HTTP_IF_NONE_MATCH", "\"y\""), ("HTTP_COOKIE", "a=4"), ("HTTP_X", "z"),
                // "a:" and "b:": two lines are not credentials, because servers disagree on which one counts.
                ("HTTP_AUTHORIZATION", "Basic YTo="), ("HTTP_AUTHORIZATION", "Basic Yjo="),
            ])
        let cookies = "a=1; b=2; c=3; a=4"
        #expect(
            String(decoding: answer.body, as: UTF8.self) == "1|2|3|\(cookies)|\"x\", \"y\"|\(cookies)|, z|-")
        try await server.stop()
    }

    @Test("Different parameter names are never mistaken for one name") func manyNames() async throws {
        let server = try await Self.server()
        // Far more names than the filter can distinguish.
        let parameters = (0..<450).map { ("NAME_\($0)", "value \($0)") }
        #expect(try server.peer().request("GET", "/", parameters).status == "200 OK")
        let answer = try server.peer().request("GET", "/", parameters + [("NAME_200", "another")])
        #expect(answer.status == "500 Internal Server Error")
        #expect(server.log.contains("sends NAME_200 twice"))
        try await server.stop()
    }
}
