import FastCGI
import FastCGITesting
import HTTPTypes
import Testing

@Suite struct SetCookieTests {
    @Test("A cookie is private and limited to encrypted requests by default") func defaults() throws {
        #expect(
            try SetCookie("session", "5f0c9a").fieldValue
                == "session=5f0c9a; Path=/; HttpOnly; SameSite=Lax; Secure")
        #expect(
            try SetCookie(
                "a", "", maxAge: .seconds(60), path: nil, domain: "example.org", sameSite: .strict, isSecure: false,
                isHTTPOnly: false
            ).fieldValue == "a=; Domain=example.org; Max-Age=60; SameSite=Strict")
        #expect(
            try SetCookie.removing("session").fieldValue
                == "session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure")
        // Browsers ignore a Secure cookie from an unencrypted page, and would keep the one to be removed.
        #expect(
            try SetCookie.removing("session", isSecure: false).fieldValue
                == "session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
    }

    @Test(
        "A name with a prefix follows the rules of the prefix",
        arguments: ["__Host-a", "__host-a", "__HOST-a", "__Secure-a", "__secure-a", "__Host-", "a__Host-"])
    func prefixes(name: String) throws {
        let isHost = name.lowercased().hasPrefix("__host-")
        let isSecure = name.lowercased().hasPrefix("__secure-")
        func code(_ make: () throws(SetCookie.InvalidCookie) -> SetCookie) -> SetCookie.InvalidCookie.Code? {
            do throws(SetCookie.InvalidCookie) {
                _ = try make()
                return nil
            } catch { return error.code }
        }
        #expect(code { () throws(SetCookie.InvalidCookie) in try SetCookie(name, "v") } == nil)
        #expect(
            code { () throws(SetCookie.InvalidCookie) in try SetCookie(name, "v", isSecure: false) }
                == (isHost || isSecure ? .prefix : nil))
        for path in [nil, "/a"] as [String?] {
            #expect(
                code { () throws(SetCookie.InvalidCookie) in try SetCookie(name, "v", path: path) }
                    == (isHost ? .prefix : nil))
        }
        #expect(
            code { () throws(SetCookie.InvalidCookie) in try SetCookie(name, "v", domain: "example.org") }
                == (isHost ? .prefix : nil))
    }

    @Test(
        "An invalid value is an error that does not show it",
        arguments: [
            ("", "v", SetCookie.InvalidCookie.Code.name), ("a b", "v", .name), ("a=b", "v", .name), ("ä", "v", .name),
            ("a;", "v", .name), ("a\n", "v", .name), ("a", "v w", .value), ("a", "v;w", .value), ("a", "v,w", .value),
            ("a", "\"v\"", .value), ("a", "v\\", .value), ("a", "é", .value), ("a", "v\r\nX: y", .value),
            ("a", "\u{7F}", .value),
            ("a", String(repeating: "v", count: 4096), .size),
        ])
    func invalidValues(
        name: String, value: String, code: SetCookie.InvalidCookie.Code
    ) {
        let error = #expect(throws: SetCookie.InvalidCookie.self) { try SetCookie(name, value) }
        #expect(error?.code == code)
        if value.utf8.count > 1 { #expect(error?.description.contains(value) == false) }
    }

    @Test("An attribute cannot end itself or break a rule") func attributes() throws {
        for path in ["a", "", "/a;Domain=x", "/\r\n", "/a ", "/" + String(repeating: "a", count: 1024)] {
            let error = #expect(throws: SetCookie.InvalidCookie.self) { try SetCookie("a", "v", path: path) }
            #expect(error?.code == .path)
        }
        for domain in ["", ".example.org", "example.org.", "a..b", "-a.org", "exa mple.org", "a;b", "é.org"] {
            let error = #expect(throws: SetCookie.InvalidCookie.self) { try SetCookie("a", "v", domain: domain) }
            #expect(error?.code == .domain)
        }
        let insecure = #expect(throws: SetCookie.InvalidCookie.self) {
            try SetCookie("a", "v", sameSite: .none, isSecure: false)
        }
        #expect(insecure?.code == .sameSite)
        let negative = #expect(throws: SetCookie.InvalidCookie.self) { try SetCookie("a", "v", maxAge: .seconds(-1)) }
        #expect(negative?.code == .maxAge)
        #expect(try SetCookie("a", String(repeating: "v", count: 4095)).fieldValue.utf8.count > 4096)
    }

    @Test("A response contains several cookies, and one of each name") func severalCookies() async throws {
        let site = HandlerTest { _ in
            var response = Response(headerFields: [.setCookie: "raw=1"])
            response.set(try SetCookie("a", "1"))
            response.set(try SetCookie("b", "2"))
            return response.with(try SetCookie("a", "3"))
        }
        let cookies = try await site.get("/").headerFields[values: .setCookie].map { $0.prefix { $0 != ";" } }
        #expect(cookies == ["raw=1", "b=2", "a=3"])
    }

    @Test("A cookie replaces one whose value begins with a combining character") func combining() throws {
        // The character after the name is "=\u{301}", and not "=".
        var response = Response(headerFields: [.setCookie: "a=\u{301}1; Path=/"])
        response.set(try SetCookie("a", "2"))
        #expect(response.headerFields[values: .setCookie].map { $0.prefix { $0 != ";" } } == ["a=2"])
    }

    @Test(
        "Cookies are separated by bytes, whatever character follows a separator",
        arguments: [
            ("a=1; b=2", ["a": "1", "b": "2"]), ("a=1;\u{FE0F}b=2", ["a": "1", "\u{FE0F}b": "2"]),
            ("a=\u{301}; b=2", ["a": "\u{301}", "b": "2"]), ("a=\"1\";\tb= 2 ", ["a": "1", "b": "2"]),
            ("a=\"", ["a": "\""]), ("a;b=", ["b": ""]), ("", [:]),
        ])
    func parsed(field: String, cookies: [String: String]) {
        let parsed = Cookies(field)
        #expect(Dictionary(uniqueKeysWithValues: parsed.names.map { ($0, parsed[$0] ?? "") }) == cookies)
    }

    @Test("Each value of cookies with one name is kept, in order") func values() {
        let cookies = Cookies("a=1; b=2; a=\"3\"; A=4; a=")
        #expect(cookies[values: "a"] == ["1", "3", ""])
        #expect(cookies[values: "c"] == [])
        #expect(cookies["a"] == "1")
    }
}
