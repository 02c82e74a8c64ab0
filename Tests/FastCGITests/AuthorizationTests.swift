import FastCGI
import HTTPTypes
import Testing

/// The decisions of an authorizer, and the responses for nginx's `auth_request`.
@Suite struct AuthorizationTests {
    private static func request(
        _ more: [(name: String, value: String)] = [], role: Request.Role = .authorizer
    ) -> Request {
        Request(role: role, parameters: Parameters([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/a")] + more))
    }

    @Test(
        "An invalid variable name is an error",
        arguments: ["", "user", "USER NAME", "USER-NAME", "1USER", "USÉR", "USER:", "USER\r\nX"])
    func invalidNames(name: String) {
        let error = #expect(throws: Authorization.InvalidVariable.self) {
            try Authorization.allow(variables: [name: "x"])
        }
        #expect(error?.description.contains("is not a valid variable name") == true)
    }

    @Test(
        "A value that would arrive changed is an error that does not show it",
        arguments: ["a\r\nb", "a\nb", "a\0b", "a\tb", "\u{7F}", " a", "a "])
    func invalidValues(value: String) {
        let error = #expect(throws: Authorization.InvalidVariable.self) {
            try Authorization.allow(variables: ["SECRET_2": value])
        }
        #expect(error?.description.contains("SECRET_2") == true)
        #expect(error?.description.contains(value) == false || value == " a" || value == "a ")
    }

    @Test("A value may be empty and in any language") func validValues() throws {
        let variables = ["_A1": "", "B": "日本 \"x\"; y=z"]
        let response = try Authorization.allow(variables: variables).response(to: Self.request())
        #expect(response.status == .ok)
        #expect(response.headerFields[HTTPField.Name("Variable-_A1")!]?.isEmpty == true)
        #expect(response.headerFields[HTTPField.Name("Variable-B")!] == "日本 \"x\"; y=z")
    }

    static let forNginx: [(Authorization, HTTPResponse.Status)] = [
        (.allow, .noContent), (.deny(), .forbidden), (.deny(Response(status: .unauthorized)), .unauthorized),
        (.deny(Response(status: .notFound)), .forbidden), (.deny(Response(status: .tooManyRequests)), .forbidden),
        (.deny(Response(status: .found, headerFields: [.location: "/in"])), .unauthorized),
        (.deny(Response(status: .serviceUnavailable)), .serviceUnavailable), (.deny(Response()), .forbidden),
        (.deny(Response(status: .init(code: 103))), .forbidden), (.challenge(realm: "x"), .unauthorized),
    ]

    @Test("A decision becomes a status that nginx understands", arguments: Self.forNginx.indices) func nginx(index: Int)
    {
        let (authorization, status) = Self.forNginx[index]
        let response = authorization.response(to: Self.request(role: .responder))
        #expect(response.status == status)
        let inRole = authorization.response(to: Self.request())
        #expect((inRole.status == .ok) == (status == .noContent))
        #expect(inRole.status.code == 200 || inRole.status.code >= 300)
        #expect(response.headerFields[.location] == inRole.headerFields[.location])
        #expect(response.headerFields[.wwwAuthenticate] == inRole.headerFields[.wwwAuthenticate])
    }

    static let credentials: [(String, String?)] = [
        ("Basic dTE6cDE=", "u1 p1"), ("basic  dTE6cDE", "u1 p1"), ("Basic Og==", " "), ("Basic w7w6OmE6", "ü :a:"),
        ("Bearer dTE6cDE=", nil), ("Basic", nil), ("Basic dTE", nil), ("Basic dTE6cDE=x", nil), ("Basic d=E6", nil),
        ("Basic dTE6cD\nE=", nil), ("Basic dTE6c", nil), ("Basic dTE6cDE==", nil), ("Basic /zpw", nil),
        ("Basic dQo6cA==", nil),
    ]

    @Test("Only well-formed credentials are accepted", arguments: Self.credentials) func basicCredentials(
        field: String, expected: String?
    ) {
        let credentials = Self.request([("HTTP_AUTHORIZATION", field)]).basicCredentials
        #expect(credentials.map { "\($0.user) \($0.password)" } == expected)
    }

    @Test("A user whom the authorizer is to authenticate is not authenticated yet") func unauthenticatedUser() throws {
        let request = Self.request([("REMOTE_USER", "mallory"), ("REMOTE_PASSWD", "guess")])
        #expect(request.remoteUser == nil)
        let credentials = try #require(request.basicCredentials)
        #expect(credentials.user == "mallory")
        #expect(credentials.password == "guess")
        var dumped = "\(credentials) \(String(reflecting: credentials))"
        dump(credentials, to: &dumped)
        #expect(!dumped.contains("guess"))
        #expect(Self.request([("REMOTE_USER", "alice")]).remoteUser == "alice")
        // A header field of the client is not the password that Apache sends.
        #expect(Self.request([("REMOTE_USER", "alice"), ("HTTP_REMOTE_PASSWD", "x")]).basicCredentials == nil)
    }
}
