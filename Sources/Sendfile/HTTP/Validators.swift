import HTTPTypes
import SendfileBasics

/// What tells one version of a file from another (RFC 9110 §8.8).
struct Validators: Sendable {
    /// The handler's entity tag, or one that is not made of the file's own time and size alone.
    private let customEntityTag: String?

    /// The entity tag that is.
    let fileTag: FileTag

    /// The date of the `Last-Modified` field; `nil` if the file's time cannot be written as one, or does not tell its versions apart.
    let lastModified: HTTPDate?

    /// When the file was last changed, for conditions; `nil` if that cannot be written as a date.
    let changeDate: HTTPDate?

    /// Whether the file is young and the handler has given no `ETag`: the client is given a weak one.
    let areWeak: Bool

    /// Whether one of them is not the file's own, because the handler chose it or the file stands for another: then a web server
    /// that computes its own judges by another.
    let areCustom: Bool

    /// The validators of a file that is sent in place of another, encoded: two encodings never share an entity tag (RFC 9110
    /// §8.8.3.3), even if their sizes and times are the same.
    func encoded(by coding: AcceptEncoding.Coding) -> Validators {
        Validators(
            self, entityTag: self.entityTag.dropLast() + "-\(coding.rawValue)\"", lastModified: self.lastModified)
    }

    /// The same without a `Last-Modified` field.
    var withoutDate: Validators { Validators(self, entityTag: self.entityTag, lastModified: nil) }

    private init(_ other: Validators, entityTag: String, lastModified: HTTPDate?) {
        self.customEntityTag = entityTag
        self.fileTag = other.fileTag
        self.lastModified = lastModified
        self.changeDate = other.changeDate
        self.areWeak = other.areWeak
        self.areCustom = true
    }

    /// The validators of a file, of which the handler may have chosen some.
    ///
    /// The library's `ETag` is `"<modification time>-<size>"` in hexadecimal, which is what nginx computes too. A second and a size do
    /// not tell apart what is written within one second. So as long as a file is that young, its tag is weak and has the
    /// nanoseconds, `W/"<modification time>-<size>-<nanoseconds>"`, and there is no `Last-Modified` (RFC 9110 §8.8.1, §8.8.2.2): nothing
    /// that a client keeps of it matches a later version. A handler's `ETag` that is not an entity tag and a `Last-Modified` that is
    /// not a date are not used: no client could match them.
    init(of file: OpenFile, overriddenBy fields: HTTPFields = [:]) {
        let entityTag = fields.isEmpty ? nil : fields[.eTag].flatMap { EntityTags.isValid($0) ? $0 : nil }
        let lastModified = fields.isEmpty ? nil : fields[.lastModified].flatMap { HTTPDate($0) }
        self.fileTag = FileTag(modificationTime: file.modificationTime, size: file.size)
        self.changeDate = lastModified ?? HTTPDate(seconds: file.modificationTime)
        if let nanoseconds = file.youngNanoseconds {
            self.lastModified = lastModified
            self.customEntityTag = entityTag ?? self.fileTag.weakText(nanoseconds: nanoseconds)
            self.areWeak = entityTag == nil
            self.areCustom = true
        } else {
            self.lastModified = self.changeDate
            self.customEntityTag = entityTag
            self.areWeak = false
            self.areCustom = entityTag != nil || lastModified != nil
        }
    }

    /// The `ETag` field value, with its quotes. Made at each call.
    var entityTag: String { self.customEntityTag ?? self.fileTag.text }
}

/// An entity tag that is made of a file's time and size.
struct FileTag: Sendable {
    let modificationTime: Int64
    let size: Int64

    /// The `ETag` field value, with its quotes.
    var text: String {
        // At most 16 digits each, a hyphen and two quotes.
        String(unsafeUninitializedCapacity: 35) { buffer in
            var writer = ByteWriter(buffer)
            self.write(to: &writer)
            return writer.count
        }
    }

    /// The value of a weak `ETag` field of this file, while it is young.
    func weakText(nanoseconds: Int64) -> String {
        "W/\(self.text.dropLast())-\(String(nanoseconds, radix: 16))\""
    }

    /// Writes the `ETag` field value.
    func write(to writer: inout ByteWriter) {
        @inline(__always) func put(_ number: UInt64) {
            let count = max(1, (67 - number.leadingZeroBitCount) / 4)
            writer.put(count) { text in
                var number = number
                for index in stride(from: count - 1, through: 0, by: -1) {
                    let digit = UInt8(truncatingIfNeeded: number & 15)
                    text[index] = digit &+ (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
                    number >>= 4
                }
            }
        }
        writer.put(UInt8(ascii: "\""))
        put(UInt64(bitPattern: self.modificationTime))
        writer.put(UInt8(ascii: "-"))
        put(UInt64(bitPattern: self.size))
        writer.put(UInt8(ascii: "\""))
    }
}
