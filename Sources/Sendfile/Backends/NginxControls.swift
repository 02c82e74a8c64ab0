/// Controls for nginx's treatment of one response (`X-Accel-Buffering`, `-Charset`, `-Expires`, `-Limit-Rate`).
///
/// Only the nginx backend sends them, both with files that nginx sends and with streamed responses. A `nil` value keeps
/// nginx's configuration. A handler's own `X-Accel-…` fields never reach nginx; use these properties instead.
public struct NginxControls: Sendable, Hashable {
    /// Whether nginx buffers a streamed response in memory and files (`fastcgi_buffering`).
    ///
    /// - Important: Without buffering, nginx takes the end of the program's process for the end of a stream without a length,
    ///   and the client gets a shorter response that looks complete. Use `false` only for streams whose end a client
    ///   recognizes by itself, such as server-sent events.
    public var buffering: Bool?

    /// The charset that nginx adds to the `Content-Type` (`charset`).
    public var charset: Charset?

    /// The time for which nginx caches the program's response (`fastcgi_cache`).
    public var expires: Expires?

    /// The rate at which nginx sends to the client (`limit_rate`).
    public var limitRate: LimitRate?

    /// Creates controls; omitted values keep nginx's configuration.
    public init(
        buffering: Bool? = nil, charset: Charset? = nil, expires: Expires? = nil, limitRate: LimitRate? = nil
    ) {
        self.buffering = buffering
        self.charset = charset
        self.expires = expires
        self.limitRate = limitRate
    }

    /// A charset's name.
    ///
    /// nginx accepts only charsets that its configuration mentions (`charset`, `source_charset`, `charset_map`); any
    /// other is an error in its log, and no charset is added.
    public struct Charset: Sendable, Hashable {
        let name: String

        /// No charset is added.
        public static let off = Self(unchecked: "off")
        /// UTF-8.
        public static let utf8 = Self(unchecked: "utf-8")

        /// A charset by its registered name; `nil` if the name is invalid (RFC 2978 §2.3).
        public init?(_ name: String) {
            let isName = name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_.:+".utf8.contains(byte)
                }
            }
            guard isName, (1...40).contains(name.utf8.count) else { return nil }
            self.init(unchecked: name)
        }

        private init(unchecked name: String) { self.name = name }
    }

    /// A lifetime in the cache.
    public struct Expires: Sendable, Hashable {
        private let seconds: UInt32
        private let isMoment: Bool

        var value: String { (self.isMoment ? "@" : "") + String(self.seconds) }

        /// Not stored.
        public static let never = Self.seconds(0)

        /// For this many seconds; 0 does not store the response.
        public static func seconds(_ seconds: UInt32) -> Self { Self(seconds: seconds, isMoment: false) }

        /// Until a moment.
        public static func at(secondsSince1970: UInt32) -> Self { Self(seconds: secondsSince1970, isMoment: true) }
    }

    /// A rate in bytes per second.
    public struct LimitRate: Sendable, Hashable {
        private let bytes: UInt32

        var value: String { String(self.bytes) }

        /// No limit.
        public static let unlimited = Self(bytes: 0)

        /// This many bytes per second, for each request. At least 1, because 0 means no limit to nginx.
        public static func bytesPerSecond(_ bytes: UInt32) -> Self { Self(bytes: max(1, bytes)) }
    }

    /// Whether no control is set.
    var isEmpty: Bool { self.buffering == nil && self.charset == nil && self.expires == nil && self.limitRate == nil }

    /// The fields for nginx.
    var fields: [FileResponse.ServerField] {
        if self.isEmpty { return [] }
        let values = [
            ("X-Accel-Buffering", self.buffering.map { $0 ? "yes" : "no" }), ("X-Accel-Charset", self.charset?.name),
            ("X-Accel-Expires", self.expires?.value), ("X-Accel-Limit-Rate", self.limitRate?.value),
        ]
        return values.compactMap { name, value in
            value.flatMap { FileResponse.ServerField(name: name, value: Array($0.utf8)) }
        }
    }
}
