import Glibc
import Sendfile

/// The FastCGI parameters of a request, by name.
///
/// Names are those of CGI (RFC 3875 §4.1), such as `REQUEST_METHOD`; a client's header field `Foo-Bar` is
/// `HTTP_FOO_BAR`. Only the web server can set a name without the prefix `HTTP_`. Values are copied once when the
/// request is read; strings are created on access.
public struct Parameters: Sendable {
    /// Name-value pairs in their wire format (FastCGI 1.0 §3.4): one array, so that a copy of a request costs one
    /// reference.
    private var pairs: [UInt8] = []

    /// Facts about the parameters.
    let facts: ParameterFacts

    /// Creates parameters from names and values.
    ///
    /// A client may send a header field in several lines, and some web servers pass each on as a separate parameter.
    /// Several values of one `HTTP_` name are therefore joined to one value, as in HTTP: with `"; "` for `HTTP_COOKIE`
    /// (RFC 9113 §8.2.3), with `", "` for the others (RFC 9110 §5.3). For any other name, the first value is used; a
    /// server refuses a request with different values.
    public init(_ parameters: [(name: String, value: String)] = []) {
        self.pairs = Self.encode(parameters)
        var facts = ParameterFacts()
        var seen = SeenNames()
        self.pairs.withUnsafeBytes { pairs in
            var before = 0
            Self.visit(pairs) { name, value in
                guard let start = name.baseAddress, !name.isEmpty else { return true }
                let nameStart = start - pairs.baseAddress!
                facts.note(
                    name.assumingMemoryBound(to: UInt8.self), value.assumingMemoryBound(to: UInt8.self),
                    seen: &seen, after: UnsafeRawBufferPointer(start: pairs.baseAddress, count: before),
                    nameStart: nameStart)
                before = nameStart + name.count + value.count
                return true
            }
        }
        self.facts = facts
    }

    /// Encodes names and values in the wire format (FastCGI 1.0 §3.4).
    static func encode(_ parameters: [(name: String, value: String)]) -> [UInt8] {
        var pairs: [UInt8] = []
        for (name, value) in parameters {
            Self.append(length: name.utf8.count, to: &pairs)
            Self.append(length: value.utf8.count, to: &pairs)
            pairs.append(contentsOf: name.utf8)
            pairs.append(contentsOf: value.utf8)
        }
        return pairs
    }

    /// Copies pairs that ``RequestHead`` has validated, and adds the role of the request, as libfcgi does
    /// (`FCGI_ROLE`), unless the web server sends it.
    init(pairs: UnsafeRawBufferPointer, facts: ParameterFacts, role: RequestHead.Role = .responder) {
        self.facts = facts
        let isRoleMissing = !facts.declareRole
        self.pairs.reserveCapacity(pairs.count + (isRoleMissing ? 32 : 0))
        self.pairs.append(contentsOf: pairs)
        guard isRoleMissing else { return }
        let (name, value) = (ParameterFacts.role, role.name)
        self.pairs.append(UInt8(name.utf8CodeUnitCount))
        self.pairs.append(UInt8(value.utf8CodeUnitCount))
        self.pairs.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        self.pairs.append(contentsOf: UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    /// Copies parameters without those of some names, and with others at their end. The facts about them stay the same.
    func adding(_ others: [(name: String, value: String)], removing names: [String]) -> Parameters {
        var copy = self
        copy.pairs = []
        self.visit { name, value in
            guard !names.contains(where: { name.elementsEqual($0.utf8) }) else { return true }
            Self.append(length: name.count, to: &copy.pairs)
            Self.append(length: value.count, to: &copy.pairs)
            copy.pairs += name
            copy.pairs += value
            return true
        }
        copy.pairs += Self.encode(others)
        return copy
    }

    private static func append(length: Int, to pairs: inout [UInt8]) {
        guard length > 127 else { return pairs.append(UInt8(length)) }
        withUnsafeBytes(of: (UInt32(length) | 0x8000_0000).bigEndian) { pairs.append(contentsOf: $0) }
    }

    /// The number of parameters.
    public var count: Int {
        var count = 0
        self.visit { _, _ in
            count += 1
            return true
        }
        return count
    }

    /// The value of a parameter as text, or `nil`; bytes that are not UTF-8 are replaced by U+FFFD. Lines of one header
    /// field are joined, see ``init(_:)``.
    public subscript(name: String) -> String? {
        self.withValue(of: name) { String(decoding: $0, as: UTF8.self) }
    }

    /// The value of a parameter as it was sent, or `nil`. Lines of one header field are joined, see ``init(_:)``.
    public func bytes(_ name: String) -> [UInt8]? {
        self.withValue(of: name) { [UInt8]($0) }
    }

    /// All parameters in the order in which the web server sent them, each line of a header field by itself.
    public var all: [(name: String, value: String)] {
        var all: [(name: String, value: String)] = []
        self.visit { name, value in
            all.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
            return true
        }
        return all
    }

    /// The name at this position of the pairs.
    func name(at place: Range<Int>) -> String { String(decoding: self.pairs[place], as: UTF8.self) }

    /// Calls `body` with the value of a parameter without copying it; returns `nil` if there is none.
    func withValue<Result>(of name: StaticString, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        self.withValue(of: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), body)
    }

    /// The value of the parameter with a client's header field, whose name is given in lower case: `HTTP_IF_RANGE` for
    /// `if-range`.
    func fieldValue(_ name: String) -> String? {
        var name = name
        return name.withUTF8 { wanted in
            self.withJoined { stored in
                guard stored.count == wanted.count + 5, stored.starts(with: "HTTP_".utf8) else { return false }
                for index in 0..<wanted.count where stored[index + 5] != Self.asParameter(wanted[index]) {
                    return false
                }
                return true
            } _: {
                String(decoding: $0, as: UTF8.self)
            }
        }
    }

    /// A letter of a field name in its form in a parameter's name (RFC 3875 §4.1.18).
    private static func asParameter(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "-"): UInt8(ascii: "_")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): letter - 32
        default: letter
        }
    }

    private func withValue<Result>(of name: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        var name = name
        return name.withUTF8 { self.withValue(of: $0, body) }
    }

    @inline(__always)
    private func withValue<Result>(
        of wanted: UnsafeBufferPointer<UInt8>, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result? {
        self.withJoined { name in
            name.count == wanted.count
                && (name.isEmpty || memcmp(name.baseAddress!, wanted.baseAddress!, name.count) == 0)
        } _: {
            body($0)
        }
    }

    /// Calls `body` with the value of the matching parameter: the first one, or all lines of a header field.
    @inline(__always)
    private func withJoined<Result>(
        _ isRight: (_ name: UnsafeRawBufferPointer) -> Bool, _ body: (_ value: UnsafeRawBufferPointer) -> Result
    ) -> Result? {
        self.pairs.withUnsafeBytes { pairs in
            var first: UnsafeRawBufferPointer?
            var joined: [UInt8] = []
            Self.visit(pairs) { name, value in
                guard isRight(name) else { return true }
                guard let line = first else {
                    first = value
                    return SeenNames.isField(name.assumingMemoryBound(to: UInt8.self))
                }
                Self.join(value, of: name, behind: line, into: &joined)
                return true
            }
            return joined.isEmpty ? first.map(body) : joined.withUnsafeBytes(body)
        }
    }

    /// Appends a further line of a header field. Not inlined, because it is rare.
    @inline(never)
    private static func join(
        _ value: UnsafeRawBufferPointer, of name: UnsafeRawBufferPointer, behind first: UnsafeRawBufferPointer,
        into joined: inout [UInt8]
    ) {
        if joined.isEmpty { joined += first }
        joined += name.elementsEqual("HTTP_COOKIE".utf8) ? "; ".utf8 : ", ".utf8
        joined += value
    }

    /// Iterates over the pairs until `body` returns false.
    @inline(__always)
    func visit(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool) {
        self.pairs.withUnsafeBytes { Self.visit($0, body) }
    }

    @inline(__always)
    private static func visit(
        _ pairs: UnsafeRawBufferPointer,
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) {
        var position = 0
        while let nameLength = RequestHead.length(in: pairs, &position),
            let valueLength = RequestHead.length(in: pairs, &position)
        {
            let value = position + nameLength
            let end = value + valueLength
            guard
                body(
                    UnsafeRawBufferPointer(rebasing: pairs[position..<value]),
                    UnsafeRawBufferPointer(rebasing: pairs[value..<end]))
            else { return }
            position = end
        }
    }
}
