import HTTPTypes
import SendfileBasics

/// The validators that distinguish the versions of a file (RFC 9110 §8.8).
struct Validators: Sendable {
    /// The handler's entity tag, or one that is not derived only from the file's own time and size.
    private let customEntityTag: String?

    /// The entity tag derived from the file's time and size.
    let fileTag: FileTag

    /// The date of the `Last-Modified` field; `nil` if the file's time is not a valid date, or does not distinguish its
    /// versions.
    let lastModified: HTTPDate?

    /// The time of the last modification, for conditions; `nil` if it is not a valid date.
    let changeDate: HTTPDate?

    /// Whether the file was just modified and the handler has set no `ETag`: the client receives a weak one.
    let areWeak: Bool

    /// Whether a validator is not the file's own, because the handler set it or the file is a compressed variant. A web
    /// server that computes its own would evaluate conditions differently.
    let areCustom: Bool

    /// The validators of a compressed variant. Two encodings never share an entity tag (RFC 9110 §8.8.3.3), even if
    /// their sizes and times are equal.
    func encoded(by coding: AcceptEncoding.Coding) -> Validators {
        Validators(
            self, entityTag: self.entityTag.dropLast() + "-\(coding.rawValue)\"", lastModified: self.lastModified)
    }

    /// The validators without a `Last-Modified` field.
    var withoutDate: Validators { Validators(self, entityTag: self.entityTag, lastModified: nil) }

    private init(_ other: Validators, entityTag: String, lastModified: HTTPDate?) {
        self.customEntityTag = entityTag
        self.fileTag = other.fileTag
        self.lastModified = lastModified
        self.changeDate = other.changeDate
        self.areWeak = other.areWeak
        self.areCustom = true
    }

    /// The validators of a file, some of which the handler may set.
    ///
    /// The library's `ETag` is `"<modification time>-<size>"` in hexadecimal, like nginx's. A time in seconds and a
    /// size do not distinguish versions written within one second. Therefore the tag of a file that was just modified
    /// is weak and contains the nanoseconds, `W/"<modification time>-<size>-<nanoseconds>"`, and there is no
    /// `Last-Modified` (RFC 9110 §8.8.1, §8.8.2.2): no validator that a client stores matches a later version. A
    /// handler's invalid `ETag` or `Last-Modified` is ignored, because no client could match it.
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

    /// The validators of an object, which its store or a handler knows. A handler's own `ETag` or `Last-Modified` overrides
    /// them, as those of a file.
    init(entityTag: String, modified: Int64?, size: Int64, overriddenBy fields: HTTPFields) {
        let date = fields[.lastModified].flatMap { HTTPDate($0) } ?? modified.map { HTTPDate(seconds: $0) }
        let tag = fields[.eTag].flatMap { EntityTags.isValid($0) ? $0 : nil } ?? entityTag
        self.fileTag = FileTag(modificationTime: modified ?? 0, size: size)
        self.customEntityTag = tag
        self.lastModified = date
        self.changeDate = date
        self.areWeak = tag.utf8.first == UInt8(ascii: "W")
        self.areCustom = true
    }

    /// The `ETag` field value with its quotes, created at each call.
    var entityTag: String { self.customEntityTag ?? self.fileTag.text }
}

/// An entity tag derived from a file's time and size.
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

    /// The value of a weak `ETag` field, for a file that was just modified.
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
