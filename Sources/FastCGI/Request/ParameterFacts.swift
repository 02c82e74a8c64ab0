import Glibc

/// What is known of a request's parameters without looking for one of them: found when they are checked, which every request's are.
struct ParameterFacts: Equatable {
    /// Whether one of them is a setting of the Sendfile library's.
    var haveSettings = false
    /// Whether one of them makes the answer depend on what the client has, or asks for a part.
    var haveConditions = false
    /// The web server itself sends `FCGI_ROLE`.
    var declareRole = false
    /// The value of `CONTENT_LENGTH` in bytes; `nil` if there is none, or no number.
    var contentLength: Int64?
    private var hasContentLength = false
    /// How `REQUEST_URI` can be read.
    var target = RequestTarget.absent
    /// Where the name of the first parameter stands that is there twice, with two values; `nil` if there is none.
    var contradictedName: Range<Int>?

    static let role: StaticString = "FCGI_ROLE"

    /// Whether a parameter of this name is worth a look: two of its letters rule out nearly all.
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

    /// Looks at one.
    ///
    /// - Parameters:
    ///   - seen: the names of those before it.
    ///   - pairs: those before it.
    ///   - nameStart: where its name stands among all.
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
