import Glibc

/// Facts about a request's parameters, determined while they are validated, so that no lookup is needed later.
struct ParameterFacts: Equatable {
    /// Whether a parameter is a setting of the Sendfile library.
    var haveSettings = false
    /// Whether a parameter names the field of a download's id.
    var nameDownloadIDField = false
    /// Whether a parameter contains a condition or a range.
    var haveConditions = false
    /// Whether the web server itself sends `FCGI_ROLE`.
    var declareRole = false
    /// The value of `CONTENT_LENGTH` in bytes; `nil` if it is missing or not a number.
    var contentLength: Int64?
    private var hasContentLength = false
    /// The interpretation of `REQUEST_URI`.
    var target = RequestTarget.absent
    /// The position of the name of the first parameter that occurs twice with different values; `nil` if there is none.
    var contradictedName: Range<Int>?

    static let role: StaticString = "FCGI_ROLE"

    /// Whether a parameter of this name is relevant; two of its letters exclude nearly all names.
    @inline(__always)
    private static func mayMatter(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count > 5 else { return false }
        let letter = name[5]
        switch name[0] {
        case UInt8(ascii: "H"): return letter == UInt8(ascii: "I") || letter == UInt8(ascii: "R")
        case UInt8(ascii: "S"): return letter == UInt8(ascii: "I")
        case UInt8(ascii: "F"): return letter == UInt8(ascii: "R")
        case UInt8(ascii: "C"): return letter == UInt8(ascii: "N")
        case UInt8(ascii: "R"): return letter == UInt8(ascii: "S")
        default: return false
        }
    }

    /// Examines a parameter.
    ///
    /// - Parameters:
    ///   - seen: The names of the preceding parameters.
    ///   - pairs: The preceding parameters.
    ///   - nameStart: The position of its name.
    @inline(__always)
    mutating func note(
        _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, seen: inout SeenNames,
        after pairs: UnsafeRawBufferPointer, nameStart: Int
    ) {
        if seen.mayHaveSeen(name), self.contradictedName == nil,
            SeenNames.isContradicted(name, value, by: pairs)
        {
            self.contradictedName = nameStart..<nameStart + name.count
        }
        if Self.mayMatter(name) { self.note(name, value) }
    }

    private mutating func note(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        if Self.begins(name, with: "HTTP_IF_") || Self.begins(name, with: "HTTP_RANGE") {
            self.haveConditions = true
        } else if Self.begins(name, with: "SENDFILE_") {
            self.haveSettings = true
            if Self.equals(name, DownloadID.parameter) { self.nameDownloadIDField = true }
        } else if Self.equals(name, Self.role) {
            self.declareRole = true
        } else if self.target == .absent, Self.equals(name, "REQUEST_URI") {
            self.target = RequestTarget(value)
        } else if !self.hasContentLength, Self.equals(name, "CONTENT_LENGTH") {
            self.hasContentLength = true
            if !value.isEmpty { self.contentLength = Int64(String(decoding: value, as: UTF8.self)) }
        }
    }

    private static func begins(_ name: UnsafeBufferPointer<UInt8>, with start: StaticString) -> Bool {
        name.count >= start.utf8CodeUnitCount
            && memcmp(name.baseAddress!, start.utf8Start, start.utf8CodeUnitCount) == 0
    }

    private static func equals(_ name: UnsafeBufferPointer<UInt8>, _ other: StaticString) -> Bool {
        name.count == other.utf8CodeUnitCount && Self.begins(name, with: other)
    }
}
