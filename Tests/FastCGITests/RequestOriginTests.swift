import FastCGI
import HTTPTypes
import Testing

@Suite struct RequestOriginTests {
    private struct Case: CustomTestStringConvertible {
        var fields: [String: String]
        let expected: Bool

        var testDescription: String { "\(self.fields)" }
    }

    private static let cases: [Case] = [
        Case(fields: [:], expected: false),
        Case(fields: ["HTTP_SEC_FETCH_SITE": "same-origin"], expected: false),
        Case(fields: ["HTTP_SEC_FETCH_SITE": "none"], expected: false),
        Case(fields: ["HTTP_SEC_FETCH_SITE": "same-site"], expected: true),
        Case(fields: ["HTTP_SEC_FETCH_SITE": "cross-site"], expected: true),
        Case(fields: ["HTTP_SEC_FETCH_SITE": ""], expected: true),
        Case(fields: ["HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "https://files.example"], expected: true),
        Case(fields: ["HTTP_ORIGIN": "https://files.example"], expected: false),
        Case(fields: ["HTTP_ORIGIN": "http://files.example"], expected: false),
        Case(fields: ["HTTP_ORIGIN": "http://files.example", "REQUEST_SCHEME": "https"], expected: true),
        Case(fields: ["HTTP_ORIGIN": "https://files.example", "REQUEST_SCHEME": "https"], expected: false),
        Case(fields: ["HTTP_ORIGIN": "https://files.example:8443"], expected: true),
        Case(fields: ["HTTP_ORIGIN": "https://other.example"], expected: true),
        Case(fields: ["HTTP_ORIGIN": "https://files.example.other.example"], expected: true),
        Case(fields: ["HTTP_ORIGIN": "null"], expected: true),
        Case(fields: ["HTTP_ORIGIN": "https://files.example", "HTTP_HOST": ""], expected: true),
    ]

    @Test("A request that another site caused is recognized by its header", arguments: cases)
    private func origin(_ test: Case) {
        let fields = ["HTTP_HOST": "files.example"].merging(test.fields) { $1 }
        let request = Request(parameters: Parameters(fields.map { ($0.key, $0.value) }))
        #expect(request.isFromAnotherSite == test.expected)
    }

    @Test("A request with an origin and without a host is from another site") func noHost() {
        let request = Request(parameters: Parameters([("HTTP_ORIGIN", "https://files.example")]))
        #expect(request.isFromAnotherSite)
    }
}
