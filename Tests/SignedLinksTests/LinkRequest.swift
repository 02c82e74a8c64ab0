import SignedLinks

/// A web server's view of a link: the path decoded, the query unchanged.
struct LinkRequest: Hashable {
    let path: [UInt8]
    let query: String

    init(_ link: some Sequence<UInt8>) {
        let link = Array(link)
        let end = link.firstIndex(of: UInt8(ascii: "?")) ?? link.endIndex
        self.path = Self.decode(link[..<end])
        self.query = String(decoding: link[end...].dropFirst(), as: UTF8.self)
    }

    init(_ link: String) { self.init(link.utf8) }

    private static func decode(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit),
                let value = UInt8(digits, radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

extension SignedLinks {
    /// The verdict about a link that was requested.
    func verify(_ link: String, at now: Int64, binding: LinkBinding = LinkBinding()) -> LinkVerdict {
        self.verify(LinkRequest(link), at: now, binding: binding)
    }

    func verify(_ request: LinkRequest, at now: Int64, binding: LinkBinding = LinkBinding()) -> LinkVerdict {
        self.verify(path: request.path, query: request.query, at: now, binding: binding)
    }

    func verify(
        path: some Sequence<UInt8>, query: String, at now: Int64, binding: LinkBinding = LinkBinding()
    ) -> LinkVerdict {
        self.verify(path: path, query: query, at: LinkTime(secondsSince1970: now), binding: binding)
    }

    func verify(path: String, query: String, at now: Int64, binding: LinkBinding = LinkBinding()) -> LinkVerdict {
        self.verify(path: path, query: query, at: LinkTime(secondsSince1970: now), binding: binding)
    }

    func link(
        to path: String, expires: Int64, name: String? = nil, binding: LinkBinding = LinkBinding()
    ) throws(SignedLinksError) -> String {
        try self.link(to: path.utf8, expires: expires, name: name, binding: binding)
    }

    func link(
        to path: some Sequence<UInt8>, expires: Int64, name: String? = nil, binding: LinkBinding = LinkBinding()
    ) throws(SignedLinksError) -> String {
        try self.link(
            to: path, expires: LinkTime(secondsSince1970: expires), name: name, binding: binding)
    }

    init(format: LinkFormat = .hmac, keys: [LinkKey], timeout: Int64) throws(SignedLinksError) {
        try self.init(format: format, keys: keys, timeout: .seconds(timeout))
    }
}

extension LinkFormat {
    /// One format of each kind.
    static let all: [LinkFormat] = [
        .hmac, .wsgiXSendfile, .modAuthToken, .nginxSecureLink, .lighttpdSecdownload(.md5),
        .lighttpdSecdownload(.hmacSHA1), .lighttpdSecdownload(.hmacSHA256),
    ]
}

extension LinkKey {
    static let test = LinkKey(id: "k1", secret: "s3cr3t")
}

/// The time at which the links of the tests expire: it has ten decimal digits and eight hexadecimal ones.
let expiry: Int64 = 1_780_003_600
