import SendfileBasics

/// The fields of a grant in a token: `NAME=VALUE` with a NUL after each.
///
/// An unknown field is an error, because it may be a limit.
struct GrantFields {
    let grant: Grant

    enum Name: String, CaseIterable {
        case file, folder, expires, from, id, method, network, user, version, disposition, name, rate, issued,
            uses

        /// Whether a grant may have several fields with this name.
        var isList: Bool { self == .method || self == .network }
    }

    init(_ grant: Grant) { self.grant = grant }

    /// The fields in the order of ``Name``.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        func add(_ name: Name, _ value: some Sequence<UInt8>) {
            bytes += Array(name.rawValue.utf8) + [UInt8(ascii: "=")] + value + [0]
        }
        func add(_ name: Name, _ value: (some CustomStringConvertible)?) {
            if let value { add(name, value.description.utf8) }
        }
        let grant = self.grant
        add(grant.scope.isFolder ? .folder : .file, [UInt8(ascii: "/")] + grant.scope.path)
        add(.expires, grant.expires)
        add(.from, grant.notBefore)
        add(.id, grant.id)
        for method in grant.methods { add(.method, method) }
        for network in grant.networks { add(.network, network) }
        add(.user, grant.user)
        add(.version, grant.version)
        add(.disposition, grant.disposition)
        add(.name, grant.name)
        add(.rate, grant.bytesPerSecond)
        add(.issued, grant.issued)
        add(.uses, grant.uses)
        return bytes
    }

    /// Reads fields, in any order.
    init(_ bytes: [UInt8]) throws(LinkFlaw) {
        guard bytes.last == 0 else { throw Self.malformed("do not end with a NUL byte") }
        var seen: Set<Name> = []
        var values: [(name: Name, value: ArraySlice<UInt8>)] = []
        for field in bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false) {
            let text = String(decoding: field.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
            guard let name = Name(rawValue: text), field.count > text.utf8.count else {
                throw Self.malformed("have one that this version does not know")
            }
            guard seen.insert(name).inserted || name.isList else { throw Self.malformed("have \(name) twice") }
            values.append((name, field.dropFirst(text.utf8.count + 1)))
        }
        guard seen.contains(.file) != seen.contains(.folder), seen.contains(.expires) else {
            throw Self.malformed("do not have one file or folder, and an expiry")
        }
        var grant = Grant(.folder(""), expires: LinkTime(secondsSince1970: 0))
        for (name, value) in values { try Self.read(name, value, into: &grant) }
        if let flaw = GrantFlaw(grant) { throw Self.malformed("have an invalid \(flaw.field)") }
        self.grant = grant
    }

    private static func malformed(_ fault: String) -> LinkFlaw { .malformed("its grant's fields \(fault)") }

    private static func read(
        _ name: Name, _ value: ArraySlice<UInt8>, into grant: inout Grant
    ) throws(LinkFlaw) {
        let invalid = Self.malformed("have an invalid \(name)")
        switch name {
        case .file, .folder:
            guard value.first == UInt8(ascii: "/") else { throw invalid }
            // A second slash, or one at the end, would be an empty component.
            guard value.count == 1 || value.last != UInt8(ascii: "/") else { throw invalid }
            grant.scope = name == .folder ? .folder(value) : .file(value)
            return
        default: break
        }
        guard let text = String(validating: value, as: UTF8.self) else { throw invalid }
        func number() throws(LinkFlaw) -> Int64 {
            guard let number = UnixTime.decimal(value) else { throw invalid }
            return number
        }
        func smallNumber() throws(LinkFlaw) -> UInt32 {
            guard let number = UInt32(exactly: try number()) else { throw invalid }
            return number
        }
        switch name {
        case .file, .folder: break
        case .expires: grant.expires = LinkTime(secondsSince1970: try number())
        case .from: grant.notBefore = LinkTime(secondsSince1970: try number())
        case .id: grant.id = text
        case .method: grant.methods.append(text)
        case .network:
            guard let network = Grant.Network(text) else { throw invalid }
            grant.networks.append(network)
        case .user: grant.user = text
        case .version: grant.version = text
        case .disposition:
            guard let disposition = Grant.Disposition(text) else { throw invalid }
            grant.disposition = disposition
        case .name: grant.name = text
        case .rate: grant.bytesPerSecond = try smallNumber()
        case .issued: grant.issued = LinkTime(secondsSince1970: try number())
        case .uses: grant.uses = try smallNumber()
        }
    }
}
