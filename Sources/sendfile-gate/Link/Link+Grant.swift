import SignedLinks

/// Links with a grant.
extension Link {
    /// Makes a link whose token is at this place.
    func link(
        with grants: GrantOptions, in place: GrantPlace, _ settings: GateSettings, until end: LinkTime, at now: LinkTime
    ) throws -> String {
        guard let signer = settings.accepted.grants else {
            throw GateError(
                .usage,
                "--grant needs the format hmac, and SENDFILE_LINK_FORMAT is \(settings.formats); add hmac to it, here and for serve"
            )
        }
        var grant = try grants.grant(to: self.path, expires: end, at: now)
        grant.version = try self.version(grants, settings)
        grant.name = self.name
        grant.user = self.user
        if let address = self.address {
            guard let network = Grant.Network(address) else {
                throw GateError(.usage, "--for-address is \(address.debugDescription), which is not an address")
            }
            grant.networks.append(network)
        }
        if settings.bindings.contains(.method), grant.methods.isEmpty { grant.methods = ["GET"] }
        for (isMissing, binding, options) in [
            (grant.networks.isEmpty, GateSettings.Binding.address, "--for-address or --network"),
            (grant.user == nil, .user, "--for-user"),
        ] where isMissing && settings.bindings.contains(binding) {
            throw GateError(.usage, "links are bound to the \(binding) (SENDFILE_LINK_BINDING); add \(options)")
        }
        if grant.uses != nil, grant.id == nil {
            let id = String(UInt64.random(in: .min ... .max), radix: 36)
            Gate.complain("the id of the grant is \(id)")
            grant.id = id
        }
        // For "sendfile-gate grants revoke --issued-before".
        if settings.ledger != nil { grant.issued = min(now, end) }
        let link: String
        do {
            link = try signer.link(grant, to: self.path, in: place)
        } catch {
            throw GateError(.usage, "\(error)")
        }
        if grant.uses != nil, settings.ledger == nil {
            Gate.complain("warning: --uses needs \(LedgerSettings.ledger): without it, serve refuses the grant")
        }
        if end < now { Gate.complain("warning: the grant has expired already") }
        return link
    }

    /// The version of the file for which a grant is; `nil` for every version.
    private func version(_ grants: GrantOptions, _ settings: GateSettings) throws -> String? {
        guard grants.fileVersion == "current" else { return grants.fileVersion }
        guard let root = settings.root else {
            throw GateError(
                .usage,
                "--file-version current needs SENDFILE_ROOT, the directory of the files; write the version itself")
        }
        guard let version = try self.tag(below: root) else {
            throw GateError(
                .usage,
                "--file-version current: SENDFILE_ROOT (\(root.debugDescription)) contains no file \(self.path.debugDescription) that this user can read"
            )
        }
        return version
    }
}
