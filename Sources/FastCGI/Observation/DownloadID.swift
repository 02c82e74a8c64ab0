import HTTPTypes
import Logging
import Sendfile
import SendfileBasics

/// The id of a download, and the field in which the web server gets it.
///
/// The web server writes the id to its own log, together with the bytes that it has sent. The access log has the same id.
struct DownloadID: Sendable {
    /// The setting that names the field: a variable of the environment, or a parameter of the web server.
    static let parameter: StaticString = "SENDFILE_DOWNLOAD_ID"

    /// The accepted names, for error messages.
    static let expected =
        "the name of a header field such as X-Download-Id, or X-LIGHTTPD-Download-Id for lighttpd: it begins with X- and ends with Download-Id"

    let field: HTTPField.Name

    /// 16 characters of the URL safe alphabet of base 64, from 96 random bits.
    let value: String

    private init(field: HTTPField.Name) {
        var random = SystemRandomNumberGenerator()
        let (first, second) = (random.next(), UInt32.random(in: .min ... .max, using: &random))
        self.field = field
        self.value = withUnsafeBytes(of: (first, second)) { Base64.url.encode($0.prefix(12)) }
    }

    /// The id of a response with bytes of a file; `nil` for any other, or if no field is set.
    init?(of response: borrowing Response, to request: borrowing Request, _ configuration: FastCGIServer.Configuration)
    {
        guard configuration.mayHaveDownloadIDs || request.parameters.facts.nameDownloadIDField,
            response.hasFileBytes, request.method != .head,
            let field = Self.field(for: request, configuration)
        else { return nil }
        self.init(field: field)
    }

    /// Code overrides the web server's parameter, and this the environment.
    private static func field(
        for request: borrowing Request, _ configuration: FastCGIServer.Configuration
    ) -> HTTPField.Name? {
        if let field = configuration.downloadIDField { return field }
        if request.parameters.facts.nameDownloadIDField, let text = request.parameters["\(Self.parameter)"],
            !text.isEmpty
        {
            guard let field = Self.field(named: text) else {
                request.logger.error(
                    "downloads have no id: the FastCGI parameter \(Self.parameter) is \"\(text.printable)\", which is not \(Self.expected)"
                )
                return nil
            }
            return field
        }
        return configuration.downloadIDFieldOfEnvironment
    }

    /// The field of a name; `nil` if web servers could give it another meaning.
    static func field(named text: String) -> HTTPField.Name? {
        let name = text.lowercased()
        guard name.hasPrefix("x-"), name.hasSuffix("-download-id") else { return nil }
        return HTTPField.Name(text)
    }
}

extension FastCGIServer.Configuration {
    /// Whether responses may have ids without a parameter of the web server.
    fileprivate var mayHaveDownloadIDs: Bool {
        self.downloadIDField != nil || self.downloadIDFieldOfEnvironment != nil
    }
}

extension Response {
    /// Whether the client gets bytes of a file that a `Sendfile` has found, or of an object.
    fileprivate var hasFileBytes: Bool {
        guard let file = self.requestedFile else { return false }
        return !self.serverFields.isEmpty || FileShare.isStreamed(file, self.body)
    }
}
