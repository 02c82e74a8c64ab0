import HTTPTypes
public import Hummingbird
import SendfileBasics

extension Parameters {
    /// The value of a parameter of the path, percent-decoded once: the name of a file that a client requests.
    ///
    /// Hummingbird's own `require(_:)` returns `Q3%20report.pdf` for a link to `Q3 report.pdf`.
    ///
    /// - Throws: Status 400 if the parameter is missing or its bytes are not UTF-8.
    public func requireDecoded(_ name: String) throws -> String {
        try Self.decoded(self.require(name))
    }

    /// The rest of the path that `**` matches, percent-decoded once and without a slash at its start.
    ///
    /// - Throws: Status 400 if its bytes are not UTF-8.
    public func decodedCatchAll() throws -> String {
        try Self.decoded(self.getCatchAll().joined(separator: "/"))
    }

    private static func decoded(_ text: String) throws -> String {
        guard let decoded = String(validating: PercentEncoding.decode(text.utf8), as: UTF8.self) else {
            throw HTTPError(.badRequest, message: "The path is not UTF-8")
        }
        return decoded
    }
}
