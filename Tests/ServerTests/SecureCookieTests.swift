import FastCGITesting
import HTTPTypes
import SystemPackage
import Testing

@testable import ProtectedDownloads

/// The example's behaviour if the web server reports HTTPS, which the tests' servers do not use.
@Suite struct SecureCookieTests {
    private func signIn(scheme: String, host: String, origin: String) async throws -> TestResponse {
        let directory = try Workspace.shared.makeDirectory("cookies")
        let users = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let site = try ProtectedDownloads.Site(
            Settings(
                root: FilePath(directory), users: FilePath("/\(users)/Examples/ProtectedDownloads/users"),
                state: FilePath("\(directory)/state"), uploadLimit: 1))
        var request = TestRequest(
            .post, "/sign-in", headerFields: [.origin: origin, .contentType: "application/x-www-form-urlencoded"],
            body: Array("name=ada&password=analytical+engine".utf8))
        (request.scheme, request.host) = (scheme, host)
        return try await HandlerTest { try await site.respond(to: $0) }.respond(to: request)
    }

    @Test("The cookie over HTTPS is limited to HTTPS and this host")
    func secure() async throws {
        let response = try await self.signIn(
            scheme: "https", host: "files.example", origin: "https://files.example")
        let cookies = response.headerFields[values: .setCookie]
        #expect(response.status == .seeOther)
        try #require(cookies.count == 2)
        // A signed value, which begins with the name in base64.
        #expect(cookies[0].hasPrefix("__Host-session=YWRh"))
        #expect(cookies[0].hasSuffix("; Path=/; Max-Age=28800; HttpOnly; SameSite=Lax; Secure"))
        #expect(cookies[1].hasPrefix("__Host-browser="))
        #expect(cookies[1].hasSuffix("; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax; Secure"))
    }

    @Test("The cookie without HTTPS has all other protections")
    func plain() async throws {
        let response = try await self.signIn(scheme: "http", host: "localhost", origin: "http://localhost")
        let cookies = response.headerFields[values: .setCookie]
        try #require(cookies.count == 2)
        #expect(cookies[0].hasPrefix("session=YWRh"))
        #expect(cookies[0].hasSuffix("; Path=/; Max-Age=28800; HttpOnly; SameSite=Lax"))
        #expect(cookies[1].hasPrefix("browser="))
        #expect(cookies[1].hasSuffix("; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax"))
    }

    @Test(
        "A browser's statement about the origin of a form is used",
        arguments: ["https://elsewhere.example", "http://files.example", "https://files.example:444", "null"])
    func elsewhere(_ origin: String) async throws {
        let response = try await self.signIn(scheme: "https", host: "files.example", origin: origin)
        #expect(response.status == .forbidden)
        #expect(response.headerFields[.setCookie] == nil)
    }
}
