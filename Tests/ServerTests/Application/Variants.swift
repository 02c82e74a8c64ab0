import FastCGI
import HTTPTypes
import Sendfile

/// Files with different response options: the first path component selects the option, the second is the file's name as
/// hexadecimal digits.
struct Variants: Sendable {
    let sendfile: Sendfile

    func respond(to request: Request, _ path: [UInt8]) throws -> Response {
        let components = path.split(separator: UInt8(ascii: "/"), maxSplits: 1)
        guard components.count == 2 else { return Response(status: .notFound) }
        let name = String(decoding: Routes.bytes(hexadecimal: Array(components[1])), as: UTF8.self)
        switch String(decoding: components[0], as: UTF8.self) {
        case "encoding": return try self.sendfile(request, name, SendfileOptions(headerFields: Self.encoding))
        case "fields":
            return try self.sendfile(request, name, SendfileOptions(attachment: .attachment, headerFields: Self.fields))
        case "custom-field": return try self.sendfile(request, name, SendfileOptions(headerFields: Self.customField))
        case "cookies": return try self.sendfile(request, name, SendfileOptions(headerFields: Self.cookies))
        case "links": return try self.sendfile(request, name, SendfileOptions(headerFields: Self.links))
        case "expires": return try self.sendfile(request, name, SendfileOptions(headerFields: Self.expires))
        case "type":
            return try self.sendfile(request, name, SendfileOptions(contentType: "application/x-own; charset=utf-8"))
        case "etag": return try self.sendfile(request, name, SendfileOptions(headerFields: [.eTag: "\"own\""]))
        case "weak-etag": return try self.sendfile(request, name, SendfileOptions(headerFields: [.eTag: "W/\"own\""]))
        case "date": return try self.sendfile(request, name, SendfileOptions(headerFields: [.lastModified: Self.date]))
        case "validators":
            return try self.sendfile(
                request, name, SendfileOptions(headerFields: [.eTag: "\"own\"", .lastModified: Self.date]))
        case "post": return try self.sendfile(request, name, SendfileOptions(additionalMethods: [.post]))
        case "unnamed": return try self.sendfile(request, name, attachment: .attachmentWithoutFileName)
        case "shown": return try self.sendfile(request, name, attachment: .inline(named: "Übersicht \"Q3\" 100%.txt"))
        case "named":
            return try self.sendfile(request, name, attachment: .attachment(named: "../a/b\\c\r\nd 日本語 🎉.txt"))
        case "later":
            var response = try self.sendfile(request, name)
            response.headerFields[.cacheControl] = "no-store"
            response.headerFields[.xContentTypeOptions] = "nosniff"
            return response
        case "custom-later":
            var response = try self.sendfile(request, name)
            response.headerFields[HTTPField.Name("X-Download-Id")!] = "17"
            return response
        default: return Response(status: .notFound)
        }
    }

    private static let date = "Sat, 01 Jan 2000 00:00:00 GMT"

    private static let encoding: HTTPFields = [
        .contentEncoding: "gzip", .contentType: "text/plain; charset=utf-8", .vary: "Accept-Encoding",
    ]

    private static let fields: HTTPFields = [
        .cacheControl: "private, max-age=60", .vary: "Cookie", .contentLanguage: "ja",
        .accessControlAllowOrigin: "https://example.org", .accessControlAllowCredentials: "true",
        .accessControlExposeHeaders: "ETag", .contentSecurityPolicy: "default-src 'none'; sandbox",
        .xContentTypeOptions: "nosniff",
    ]

    private static let customField: HTTPFields = [HTTPField.Name("X-Download-Id")!: "17"]

    private static let cookies: HTTPFields = {
        var fields = HTTPFields()
        fields.append(HTTPField(name: .setCookie, value: "seen=1; Path=/; HttpOnly"))
        fields.append(HTTPField(name: .setCookie, value: "count=2; Expires=Fri, 01 Jan 2100 00:00:00 GMT"))
        return fields
    }()

    private static let links: HTTPFields = {
        var fields = HTTPFields()
        fields.append(HTTPField(name: HTTPField.Name("Link")!, value: "</terms>; rel=\"license\""))
        fields.append(HTTPField(name: HTTPField.Name("Link")!, value: "</author>; rel=\"author\""))
        return fields
    }()

    private static let expires: HTTPFields = [.expires: "Fri, 01 Jan 2100 00:00:00 GMT"]
}
