import FastCGI
import HTTPTypes
import Sendfile

/// A route that sends one header field, for tests to see how web servers treat it.
extension Routes {
    /// `/field/<when>/<hexadecimal digits of "Name: value">`: the field is passed with a file, added to the finished
    /// response, or sent in a response without a file.
    func field(_ rest: [UInt8], for request: Request) throws -> Response {
        let parts = rest.split(separator: UInt8(ascii: "/"))
        guard parts.count == 2 else { return Response(status: .notFound) }
        let line = String(decoding: Self.bytes(hexadecimal: Array(parts[1])), as: UTF8.self)
        guard let colon = line.firstIndex(of: ":"), let name = HTTPField.Name(String(line[..<colon])) else {
            return Response(status: .notFound)
        }
        let value = String(line[line.index(after: colon)...].drop { $0 == " " })
        switch String(decoding: parts[0], as: UTF8.self) {
        case "given": return try self.sendfile(request, "plain.txt", SendfileOptions(headerFields: [name: value]))
        case "later":
            var response = try self.sendfile(request, "plain.txt")
            response.headerFields[name] = value
            return response
        case "alone": return Response(headerFields: [name: value], body: .string("text"))
        default: return Response(status: .notFound)
        }
    }
}
