public import HTTPTypes

/// A way to ask a web server for a file.
///
/// A backend translates a decision into header fields. It is called only for status 200: the web server then applies
/// the range, and omits the body for `HEAD`. Every other status is sent without it. A backend is a name, the names of
/// its fields and one function; <doc:WritingABackend> shows a whole one.
public protocol Backend: Sendable {
    /// The backend's name, such as `nginx`: in the access log, and as the value of `SENDFILE_BACKEND` where a setting can choose it.
    ///
    /// Lower-case letters, digits and hyphens. It is part of the access log's format, so it stays the same from version to version.
    var name: String { get }

    /// The names of the header fields that the web server acts on, in any case: those of ``serverFields(for:)`` at least.
    ///
    /// A handler cannot send a field of these names: a client's text in one of them would choose the file that the web
    /// server sends. A name that ends in `*` stands for all names with that prefix, such as `X-Accel-*`.
    var reservedFieldNames: [String] { get }

    /// The header fields that ask the web server to send a file.
    ///
    /// - Returns: The fields, or `nil` if this web server does not support the name or would lose a field that the
    ///   client must receive. The file is then streamed.
    func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]?

    /// Whether this web server itself adds `Accept-Ranges` to a whole file and also keeps the program's; `false` by
    /// default.
    var addsAcceptRanges: Bool { get }

    /// Why ``serverFields(for:)`` returns `nil`, for the log: the file is streamed because of it.
    func reasonToStream(_ decision: FileDecision) -> String
}

extension Backend {
    public var addsAcceptRanges: Bool { false }

    public func reasonToStream(_ decision: FileDecision) -> String {
        "the web server does not support this name, or would lose a header field"
    }
}

/// The decision about a file that a web server may send.
public struct FileDecision: Sendable {
    /// The location of the file.
    public let location: FileLocation

    /// The header fields for the client.
    public var headerFields: HTTPFields { self.fieldList.fields }

    /// The header fields in the form in which they were created.
    private let fieldList: FieldList

    /// Whether the header fields are only those that every web server sends or keeps with a file.
    var hasUsualFields: Bool {
        if case .lines = self.fieldList { true } else { false }
    }

    /// Whether the response has a `Content-Encoding`.
    var hasContentEncoding: Bool { !self.hasUsualFields && self.headerFields.contains(.contentEncoding) }

    /// Whether the handler set the `ETag` or the `Last-Modified`. A web server that computes its own would evaluate the
    /// client's preconditions differently.
    public let hasCustomValidators: Bool

    /// Whether the client requested a range, which the web server handles.
    public let isRange: Bool

    /// Creates a decision, to test a ``Backend``.
    public init(
        location: FileLocation, headerFields: HTTPFields = [:], hasCustomValidators: Bool = false, isRange: Bool = false
    ) {
        self.init(
            location: location, fieldList: .fields(headerFields), hasCustomValidators: hasCustomValidators,
            isRange: isRange)
    }

    init(location: FileLocation, fieldList: FieldList, hasCustomValidators: Bool, isRange: Bool) {
        self.isRange = isRange
        self.location = location
        self.fieldList = fieldList
        self.hasCustomValidators = hasCustomValidators
    }
}

extension BidirectionalCollection<UInt8> {
    /// Whether the bytes end with a space or tab, which parsers of header fields remove.
    var endsWithSpace: Bool { self.last == UInt8(ascii: " ") || self.last == UInt8(ascii: "\t") }
}
