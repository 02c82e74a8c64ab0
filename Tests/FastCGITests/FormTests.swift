import FastCGI
import FastCGITesting
import HTTPTypes
import Testing

@Suite struct FormTests {
    @Test(
        "The fields of a form are decoded once",
        arguments: [
            ("", [:]), ("a=1", ["a": ["1"]]), ("a", ["a": [""]]), ("a=", ["a": [""]]), ("=b", ["": ["b"]]),
            ("&&a=1&", ["a": ["1"]]),
            ("a=1&a=2&b=3", ["a": ["1", "2"], "b": ["3"]]), ("a=b=c", ["a": ["b=c"]]), ("a+b=c+d", ["a b": ["c d"]]),
            ("%61=%2B%26%3D", ["a": ["+&="]]), ("a=%C3%A9%", ["a": ["é%"]]), ("a=%zz", ["a": ["%zz"]]),
            ("a=%FF", ["a": ["\u{FFFD}"]]), ("a=%00", ["a": ["\0"]]), ("a=%2541", ["a": ["%41"]]),
        ] as [(String, [String: [String]])])
    func decoding(text: String, fields: [String: [String]]) {
        let form = FormFields(text)
        #expect(Set(form.all.map(\.name)) == Set(fields.keys))
        for (name, values) in fields {
            #expect(form[name] == values[0])
            #expect(form.values(name) == values)
        }
        #expect(form["missing"] == nil)
        #expect(form.values("missing").isEmpty)
    }

    private static let site = HandlerTest { request in
        switch request.path {
        case "/form":
            let form = try await request.form(upTo: 20, fieldLimit: 3)
            return Response(body: .string(form.all.map { "\($0.name):\($0.value)" }.joined(separator: ",")))
        case "/json":
            let text = try await request.json(upTo: 20) { bytes -> String in
                guard bytes.first == UInt8(ascii: "{") else { throw Malformed() }
                return String(decoding: bytes, as: UTF8.self)
            }
            return Response(body: .string(text))
        default: return Response(body: .string(request.queryFields["q"] ?? "none"))
        }
    }

    private struct Malformed: Error {}

    @Test(
        "A body is read according to its media type, with limits",
        arguments: [
            ("/form", "application/x-www-form-urlencoded", "a=1&b=+", "200 a:1,b: "),
            ("/form", "Application/X-WWW-Form-URLEncoded ; charset=utf-8", "a", "200 a:"),
            ("/form", "application/x-www-form-urlencoded", "", "200 "),
            ("/form", "text/plain", "a=1", "415 415 Unsupported Media Type\n"),
            ("/form", nil, "a=1", "415 415 Unsupported Media Type\n"),
            ("/form", "multipart/form-data; boundary=x", "a=1", "415 415 Unsupported Media Type\n"),
            ("/form", "application/x-www-form-urlencoded", "a=1&b=2&c=3&d", "413 413 Content Too Large\n"),
            ("/form", "application/x-www-form-urlencoded", "a=012345678901234567890", "413 413 Content Too Large\n"),
            ("/json", "application/json", "{\"a\":1}", "200 {\"a\":1}"),
            ("/json", "application/problem+json; charset=utf-8", "{}", "200 {}"),
            ("/json", "application/json", "[]", "400 400 Bad Request\n"),
            ("/json", "application/json", "{\u{FF}", "200 {\u{FF}"),
            ("/json", "text/json", "{}", "415 415 Unsupported Media Type\n"),
            ("/json", nil, "{}", "415 415 Unsupported Media Type\n"),
            ("/json", "application/json", "{\"a\":\"0123456789012\"}", "413 413 Content Too Large\n"),
        ] as [(String, String?, String, String)])
    func bodies(
        target: String, type: String?, body: String, expected: String
    ) async throws {
        let fields: HTTPFields = type.map { [.contentType: $0] } ?? [:]
        let answer = try await Self.site.post(target, headerFields: fields, body: Array(body.utf8))
        #expect("\(answer.status.code) \(answer.text)" == expected)
    }

    @Test("JSON that is not UTF-8 reaches no decoder") func invalidJSON() async throws {
        let answer = try await Self.site.post(
            "/json", headerFields: [.contentType: "application/json"], body: [UInt8(ascii: "{"), 0xFF])
        #expect(answer.status == .badRequest)
    }

    @Test(
        "A query has fields, too", arguments: [("/", "none"), ("/?q=a%20b+c", "a b c"), ("/?x", "none"), ("/?q", "")])
    func query(target: String, expected: String) async throws {
        #expect(try await Self.site.get(target).text == expected)
    }

    @Test("Text that a handler encodes for a URL is decoded unchanged") func percentText() {
        #expect(PercentText.encode("a/é ?&") == "a%2F%C3%A9%20%3F%26")
        #expect(PercentText.decode("a%2F%C3%A9%20%3F%26") == Array("a/é ?&".utf8))
        #expect(PercentText.encode([0xFF, 0x41] as [UInt8]) == "%FFA")
    }
}
