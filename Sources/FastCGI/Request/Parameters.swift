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
                self.entries.append(
                    Entry(
                        start: Int32(filled), nameLength: Int32(nameLength),
                        valueLength: Int32(max(0, length - nameLength - 1))))
                filled += length
            }
        }
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

    private func range(of name: String) -> Range<Int>? {
        var name = name
        return name.withUTF8 { wanted in
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
}
