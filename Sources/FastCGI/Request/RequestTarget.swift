/// The interpretation of a request target (`REQUEST_URI`, RFC 9112 §3.2).
enum RequestTarget: Equatable {
    /// The web server sends no target.
    case absent
    /// A path that every web server interprets as this program does.
    case path
    /// A path that web servers interpret differently: it contains `.` or `..` as a component, an encoded slash, `#` or
    /// NUL.
    ///
    /// Apache and nginx resolve the dots before they compare a path with their rules. Apache keeps an encoded slash
    /// with `AllowEncodedSlashes NoDecode`. nginx ends a path before the `#`. Regular clients send none of these: they
    /// resolve dots themselves (RFC 3986 §5.2.4), a file's name cannot contain a slash, and a target has no fragment.
    case ambiguousPath
    /// A target without a leading slash: the absolute form, an authority, `*`.
    case other

    /// Examines a target once, byte by byte, without its query.
    init(_ target: UnsafeBufferPointer<UInt8>) {
        guard target.first == UInt8(ascii: "/") else {
            self = .other
            return
        }
        var component = Component()
        var index = 1
        while index < target.count {
            var byte = target[index]
            index += 1
            switch byte {
            case UInt8(ascii: "?"):
                self = component.isDots ? .ambiguousPath : .path
                return
            case UInt8(ascii: "#"):
                self = .ambiguousPath
                return
            case UInt8(ascii: "/"):
                if component.isDots {
                    self = .ambiguousPath
                    return
                }
                component = Component()
                continue
            case UInt8(ascii: "%"):
                guard let decoded = Self.decoded(target, at: index) else { break }
                byte = decoded
                index += 2
            default: break
            }
            // A slash at this point was encoded.
            guard byte != UInt8(ascii: "/"), byte != 0 else {
                self = .ambiguousPath
                return
            }
            component.append(byte)
        }
        self = component.isDots ? .ambiguousPath : .path
    }

    /// The bytes of a component that have been read.
    private struct Component {
        private var dots = 0
        private var hasOthers = false

        @inline(__always)
        mutating func append(_ byte: UInt8) {
            if byte == UInt8(ascii: ".") { self.dots &+= 1 } else { self.hasOthers = true }
        }

        @inline(__always)
        var isDots: Bool { !self.hasOthers && (self.dots == 1 || self.dots == 2) }
    }

    /// The byte of two hexadecimal digits, if it is a relevant one.
    @inline(__always)
    private static func decoded(_ target: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt8? {
        guard index + 1 < target.count else { return nil }
        switch (target[index], target[index + 1]) {
        case (UInt8(ascii: "2"), UInt8(ascii: "F")), (UInt8(ascii: "2"), UInt8(ascii: "f")): return UInt8(ascii: "/")
        case (UInt8(ascii: "2"), UInt8(ascii: "E")), (UInt8(ascii: "2"), UInt8(ascii: "e")): return UInt8(ascii: ".")
        case (UInt8(ascii: "0"), UInt8(ascii: "0")): return 0
        default: return nil
        }
    }
}
