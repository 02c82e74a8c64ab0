import Glibc

/// The FastCGI parameters of a request: what the web server says about it, by name.
///
/// Names are the CGI ones (RFC 3875 §4.1), such as `REQUEST_METHOD`; a client's header field `Foo-Bar` is `HTTP_FOO_BAR`. A
/// name without the prefix `HTTP_` can only have been set by the web server. Values are copies, made once when the request is
/// read; strings are made when they are asked for.
public struct Parameters: Sendable {
    /// Where a parameter stands in `storage`: `NAME=value`.
    private struct Entry {
        var start: Int32
        var nameLength: Int32
        var valueLength: Int32

        var nameRange: Range<Int> { Int(self.start)..<Int(self.start + self.nameLength) }
        var valueRange: Range<Int> {
            let start = Int(self.start + self.nameLength) + 1
            return start..<start + Int(self.valueLength)
        }
    }

    private var storage: [UInt8] = []
    private var entries: [Entry] = []

    /// The web server itself sends `FCGI_ROLE`.
    private(set) var declaresRole = false
    private static let roleParameter: StaticString = "FCGI_ROLE"

    /// Creates parameters from names and values; of several with the same name, the first is found.
    public init(_ parameters: [(name: String, value: String)] = []) {
        for (name, value) in parameters {
            self.entries.append(
                Entry(
                    start: Int32(self.storage.count), nameLength: Int32(name.utf8.count),
                    valueLength: Int32(value.utf8.count)))
            self.storage.append(contentsOf: name.utf8)
            self.storage.append(UInt8(ascii: "="))
            self.storage.append(contentsOf: value.utf8)
        }
    }

    /// Copies libfcgi's parameters: `NAME=value` strings, the last followed by a null pointer.
    ///
    /// Names hold no `=` and nothing holds a NUL: ``RequestHead`` refuses such a request before libfcgi sees it.
    init(copying list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) {
        var count = 0
        var total = 0
        while let string = list[count] {
            total += strlen(string)
            count += 1
        }
        self.entries.reserveCapacity(count)
        let entries = UnsafeMutableBufferPointer(start: list, count: count)
        self.storage = [UInt8](unsafeUninitializedCapacity: total) { buffer, filled in
            for case let string? in entries {
                let length = strlen(string)
                memcpy(buffer.baseAddress! + filled, string, length)
                let name = memchr(string, Int32(UInt8(ascii: "=")), length)
                let nameLength = name.map { UnsafeRawPointer($0) - UnsafeRawPointer(string) } ?? length
                // The first is libfcgi's own: the role that the web server asked for.
                if nameLength == Self.roleParameter.utf8CodeUnitCount, !self.entries.isEmpty,
                    memcmp(string, Self.roleParameter.utf8Start, nameLength) == 0
                {
                    self.declaresRole = true
                }
                self.entries.append(
                    Entry(
                        start: Int32(filled), nameLength: Int32(nameLength),
                        valueLength: Int32(max(0, length - nameLength - 1))))
                filled += length
            }
        }
        if self.declaresRole { self.entries.removeFirst() }
    }

    /// The number of parameters.
    public var count: Int { self.entries.count }

    /// The value of a parameter as text, or `nil`; bytes that are not UTF-8 are replaced by U+FFFD.
    public subscript(name: String) -> String? {
        self.range(of: name).map { String(decoding: self.storage[$0], as: UTF8.self) }
    }

    /// The value of a parameter as it was sent, or `nil`.
    public func bytes(_ name: String) -> [UInt8]? {
        self.range(of: name).map { [UInt8](self.storage[$0]) }
    }

    /// All parameters in the order in which the web server sent them.
    public var all: [(name: String, value: String)] {
        self.entries.map {
            (
                String(decoding: self.storage[$0.nameRange], as: UTF8.self),
                String(decoding: self.storage[$0.valueRange], as: UTF8.self)
            )
        }
    }

    /// The value of a parameter where it stands, for as long as `body` runs; `nil` if there is none.
    func withValue<Result>(of name: StaticString, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        guard let range = self.range(of: wanted) else { return nil }
        return self.storage.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// The value of the parameter that holds a client's header field, named in lower case: `HTTP_IF_RANGE` for `if-range`.
    func fieldValue(_ name: String) -> String? {
        var name = name
        let range = name.withUTF8 { wanted in
            self.storage.withUnsafeBufferPointer { storage in
                self.entries.first { entry in
                    guard Int(entry.nameLength) == wanted.count + Self.fieldPrefix.utf8CodeUnitCount else {
                        return false
                    }
                    let stored = storage.baseAddress! + Int(entry.start)
                    guard memcmp(stored, Self.fieldPrefix.utf8Start, Self.fieldPrefix.utf8CodeUnitCount) == 0 else {
                        return false
                    }
                    let letters = stored + Self.fieldPrefix.utf8CodeUnitCount
                    for index in 0..<wanted.count where letters[index] != Self.asParameter(wanted[index]) {
                        return false
                    }
                    return true
                }
            }
        }?.valueRange
        return range.map { String(decoding: self.storage[$0], as: UTF8.self) }
    }

    private static let fieldPrefix: StaticString = "HTTP_"

    /// A letter of a field name as it stands in a parameter's name (RFC 3875 §4.1.18).
    private static func asParameter(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "-"): UInt8(ascii: "_")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): letter - 32
        default: letter
        }
    }

    private func range(of name: String) -> Range<Int>? {
        var name = name
        return name.withUTF8 { self.range(of: $0) }
    }

    private func range(of wanted: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        self.storage.withUnsafeBufferPointer { storage in
            for entry in self.entries where Int(entry.nameLength) == wanted.count {
                if memcmp(storage.baseAddress! + Int(entry.start), wanted.baseAddress!, wanted.count) == 0 {
                    return entry.valueRange
                }
            }
            return nil
        }
    }
}
