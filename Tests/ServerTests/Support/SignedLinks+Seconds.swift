import SignedLinks

/// Links by seconds since 1970, which the tests also write into requests.
extension SignedLinks {
    func link(
        to path: String, expires: Int64, binding: LinkBinding = LinkBinding()
    ) throws(SignedLinksError) -> String {
        try self.link(to: path.utf8, expires: expires, binding: binding)
    }

    func link(
        to path: some Sequence<UInt8>, expires: Int64, binding: LinkBinding = LinkBinding()
    ) throws(SignedLinksError) -> String {
        try self.link(to: path, expires: LinkTime(secondsSince1970: expires), binding: binding)
    }

    func verify(path: String, query: String, at now: Int64, binding: LinkBinding) -> LinkVerdict {
        self.verify(path: path, query: query, at: LinkTime(secondsSince1970: now), binding: binding)
    }
}
