public import HTTPTypes

/// One way to ask a web server for a file.
///
/// A backend only writes down what was decided. It is asked for files with status 200, of which the web server cuts the range and,
/// for `HEAD`, leaves out the bytes; every other status has been answered before. A name, the names of the fields and one function are
/// enough; <doc:WritingABackend> shows a whole backend.
public protocol Backend: Sendable {
    /// The backend's name, such as `nginx`: in the access log, and as the value of `SENDFILE_BACKEND` where a setting can choose it.
    ///
    /// Lower-case letters, digits and hyphens. It is part of the access log's format, so it stays the same from version to version.
    var name: String { get }

    /// The names of the header fields that the web server acts on, in any case: those of ``serverFields(for:)`` at least.
    ///
    /// A handler cannot send a field of these names: a client's text in one of them would choose the file that the web server sends. A
    /// name that ends in `*` stands for all names that begin so, such as `X-Accel-*`.
    var reservedFieldNames: [String] { get }

    /// The header fields that ask the web server to send a file.
    ///
    /// - Returns: The fields, or `nil` if this web server cannot be told this name or would lose a field that the client has to
    ///   get: then the file is streamed.
    func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]?

    /// Whether this web server says `Accept-Ranges` itself with a whole file and keeps the program's beside it; `false` if not
    /// implemented.
    var addsAcceptRanges: Bool { get }

    /// Why ``serverFields(for:)`` returns `nil`, for the log: the file is streamed because of it.
    func reasonToStream(_ decision: FileDecision) -> String
}

extension Backend {
    public var addsAcceptRanges: Bool { false }

    public func reasonToStream(_ decision: FileDecision) -> String {
        "the web server cannot be told this name, or would lose a header field"
    }
}

/// What was decided about a file that a web server may send.
public struct FileDecision: Sendable {
    /// Where the file is.
    public let location: FileLocation

    /// The header fields for the client.
    public var headerFields: HTTPFields { self.fieldList.fields }

    /// The same, as they were made.
    private let fieldList: FieldList

    /// Whether the header fields are those that every web server sends or keeps with a file, and no others.
    var hasUsualFields: Bool {
        if case .lines = self.fieldList { true } else { false }
    }

    /// Whether the client is told that the file is encoded.
    var hasContentEncoding: Bool { !self.hasUsualFields && self.headerFields.contains(.contentEncoding) }

    /// Whether the handler chose the `ETag` or the `Last-Modified`; a web server that computes its own would judge the client's
    /// preconditions by another.
    public let hasCustomValidators: Bool

    /// Whether the client asked for a range, which the web server is to cut.
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
    /// Whether the bytes end with a blank, which a reader of header fields takes off.
    var endsWithBlank: Bool { self.last == UInt8(ascii: " ") || self.last == UInt8(ascii: "\t") }
}
