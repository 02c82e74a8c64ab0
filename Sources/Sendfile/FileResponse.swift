public import HTTPTypes

/// The response to a request for a file, with its delivery.
public struct FileResponse: Sendable {
    /// The status: 200, 206, 304, 404, 405, 412, 416, or 503 if the root is gone.
    public var status: HTTPResponse.Status

    /// The header fields for the client. Fields added here are sent with the file.
    public var headerFields: HTTPFields {
        get { self.fieldList.fields }
        set { self.fieldList = .fields(newValue) }
    }

    /// The header fields in the form in which they were created.
    package private(set) var fieldList: FieldList

    /// The sender of the bytes.
    public var delivery: Delivery { self.storage.delivery }

    /// Header fields for the web server that do not ask for a file, such as `X-Accel-Buffering`; they never reach the client.
    public var controlFields: [ServerField] { self.storage.controlFields }

    package private(set) var storage: Storage

    /// The immutable properties of a response, behind one reference: see the article Architecture of FastCGI.
    package final class Storage: Sendable {
        package let delivery: Delivery
        package let controlFields: [ServerField]

        /// The requested file or object; `nil` in a response that neither a `Sendfile` nor an object store created.
        package let requestedFile: RequestedFile?

        init(delivery: Delivery, controlFields: [ServerField], requestedFile: RequestedFile?) {
            self.delivery = delivery
            self.controlFields = controlFields
            self.requestedFile = requestedFile
        }
    }

    /// The sender of a response's bytes.
    ///
    /// ```swift
    /// let response: FileResponse = try sendfile(request, "q3.pdf")
    /// if let body = response.delivery.body {
    ///     print("the program sends \(body.length) bytes")
    /// } else {
    ///     for field in response.delivery.serverFields { print("the web server is asked by \(field.name)") }
    /// }
    /// ```
    public struct Delivery: Sendable {
        private enum Sender: Sendable {
            case none
            case webServer([ServerField])
            case stream(FileBody)
            case chunks(any AsyncSequence<[UInt8], any Error> & Sendable)
        }

        private let sender: Sender

        /// The response has no body.
        public static let none = Self(sender: .none)

        /// The web server sends the file: it is asked with these header fields, which never reach the client.
        public static func webServer(_ fields: [ServerField]) -> Self { Self(sender: .webServer(fields)) }

        /// The program sends these bytes.
        public static func stream(_ body: FileBody) -> Self { Self(sender: .stream(body)) }

        /// The program sends these bytes, which it receives from elsewhere. The response has a `Content-Length` if their number is known.
        public static func chunks(_ chunks: any AsyncSequence<[UInt8], any Error> & Sendable) -> Self {
            Self(sender: .chunks(chunks))
        }

        /// The header fields that ask the web server for the file; empty where it is not asked.
        public var serverFields: [ServerField] {
            if case .webServer(let fields) = self.sender { fields } else { [] }
        }

        /// The bytes that the program receives from elsewhere and sends, such as those of an object; `nil` where there are none.
        public var chunks: (any AsyncSequence<[UInt8], any Error> & Sendable)? {
            if case .chunks(let chunks) = self.sender { chunks } else { nil }
        }

        /// The bytes of a file that the program sends; `nil` where it sends none.
        public var body: FileBody? {
            if case .stream(let body) = self.sender { body } else { nil }
        }
    }

    /// A header field that asks the web server to send a file.
    ///
    /// The value is bytes instead of text, because Apache needs file names unchanged in any encoding. Only backends
    /// create such fields, and no value can contain a line end or a NUL.
    public struct ServerField: Sendable, Hashable {
        /// The field name, such as `X-Sendfile`.
        public let name: String
        /// The field value.
        public let value: [UInt8]

        /// Creates a field; `nil` if the value contains CR, LF or NUL, which a header field cannot contain.
        public init?(name: String, value: [UInt8]) {
            guard !value.contains(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0 }) else { return nil }
            self.name = name
            self.value = value
        }

        /// Creates a field whose value was already checked.
        init(name: String, checked value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    package init(
        status: HTTPResponse.Status, headerFields: HTTPFields, delivery: Delivery, controlFields: [ServerField] = []
    ) {
        self.init(
            status: status, fieldList: .fields(headerFields), delivery: delivery, controlFields: controlFields)
    }

    init(
        status: HTTPResponse.Status, fieldList: FieldList, delivery: Delivery, controlFields: [ServerField] = [],
        about file: RequestedFile? = nil
    ) {
        self.status = status
        self.fieldList = fieldList
        self.storage = Storage(delivery: delivery, controlFields: controlFields, requestedFile: file)
    }

    /// The response with the details of its decision.
    package func about(_ file: RequestedFile) -> FileResponse {
        FileResponse(
            status: self.status, fieldList: self.fieldList, delivery: self.delivery, controlFields: self.controlFields,
            about: file)
    }
}
