extension VerifiedGrant {
    /// The verdict about a request with this grant, whose signature is correct.
    ///
    /// The limits come first, and the times last: a grant is expired only for requests that it would permit otherwise.
    package func verdict(
        on path: LinkPath, _ request: GrantRequest, key: String, at now: LinkTime
    ) throws(LinkFlaw) -> LinkVerdict {
        let grant = self.grant
        if let flaw = grant.flaw(path, request) { throw flaw }
        if now > grant.expires { return .expired }
        if let start = grant.notBefore, now < start { throw LinkFlaw.grantNotYetValid }
        return .valid(
            VerifiedLink(path: path.bytes, name: grant.name, expires: grant.expires, keyID: key, grant: self))
    }
}

extension Grant {
    /// The reason why the grant does not permit a request at any time; `nil` if it does.
    fileprivate func flaw(_ path: LinkPath, _ request: GrantRequest) -> LinkFlaw? {
        if !self.scope.covers(path) { return .otherPath }
        if !self.methods.isEmpty, !self.methods.contains(request.method) { return .otherMethod }
        if !self.networks.isEmpty {
            guard let address = request.clientAddress else { return .unknownValue("client's address") }
            if !self.networks.contains(where: { $0.contains(address) }) { return .otherAddress }
        }
        if let user = self.user {
            guard let asked = request.user else { return .unknownValue("user") }
            // Byte by byte: Swift's strings are equal in different spellings.
            if !user.utf8.elementsEqual(asked.utf8) { return .otherUser }
        }
        if let version = self.version, !request.comparesVersion {
            guard let asked = request.version else { return .unknownValue("file's version") }
            if !version.utf8.elementsEqual(asked.utf8) { return .otherVersion }
        }
        if self.uses != nil, !request.asksLedger { return .uncountedGrant }
        return nil
    }
}
