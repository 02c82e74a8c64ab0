import SignedLinks

/// Invented grants, and changed ones.
enum GrantsTarget {
    private static let now = LinkTime(secondsSince1970: 1_780_000_000)
    private static let grants = try? SignedGrants(keys: [LinkKey(id: "k1", secret: "not for the fuzzer to know")])

    static func run(_ input: Input) {
        guard let grants = Self.grants else { return require(false, "no grants") }
        var input = input
        let position = Int(input.byte())
        let change = input.byte()
        let (path, text) = (input.line(), input.text())
        for place in 0..<3 {
            var request = GrantRequest(path: path, query: place == 0 ? text : "grant=\(text)")
            if place == 2 { (request.query, request.cookies) = ("", [text]) }
            // No input has a correct signature.
            if case .valid = grants.verify(request, at: Self.now) { require(false, "\(path) \(text)") }
        }

        // A grant that can be made covers its file, and says what it said.
        var grant = Grant(.file(path), expires: Self.now + .seconds(60))
        (grant.user, grant.name) = (text, text)
        Self.limit(&grant, by: change)
        guard let token = try? grants.token(grant) else { return }
        var request = GrantRequest(path: path)
        (request.cookies, request.user) = ([token], text)
        (request.clientAddress, request.version) = ("192.0.2.1", "v")
        // A path may begin like a token.
        guard request.place == .cookie else { return }
        guard case .valid(let link) = grants.verify(request, at: Self.now), link.grant?.grant == grant else {
            return require(false, "\(token) is not valid")
        }
        require(grants.verify(request, at: Self.now + .seconds(61)).statusCode == 410, "\(token) does not expire")

        var other = request
        (other.clientAddress, other.method) = ("198.51.100.1", "POST")
        if !grant.networks.isEmpty || !grant.methods.isEmpty, case .valid = grants.verify(other, at: Self.now) {
            require(false, "\(grant) is valid for another client")
        }
        Self.folder(path, position, grants)

        // A token with one changed byte is invalid.
        var changed = Array(token.utf8)
        changed[position % changed.count] ^= change
        request.cookies = [String(decoding: changed, as: UTF8.self)]
        if change != 0, case .valid = grants.verify(request, at: Self.now) { require(false, "\(request.cookies)") }
    }

    /// A grant for a folder covers what is below it, and nothing beside it.
    private static func folder(_ path: [UInt8], _ position: Int, _ grants: SignedGrants) {
        let slash = UInt8(ascii: "/")
        let names = path.first == slash ? path.dropFirst() : path[...]
        var folder = Array(names.prefix(position % (names.count + 1)))
        if folder.count > 1, folder.last == slash { folder.removeLast() }
        guard let token = try? grants.token(Grant(.folder(folder), expires: Self.now + .seconds(60))) else { return }
        let isBelow = folder.isEmpty || names.dropFirst(folder.count).first == slash
        var request = GrantRequest(path: path)
        request.cookies = [token]
        var isValid = false
        if case .valid = grants.verify(request, at: Self.now) { isValid = true }
        require(isValid == isBelow, "\(names), below \(folder)")
    }

    /// Limits that the request meets.
    private static func limit(_ grant: inout Grant, by choice: UInt8) {
        if choice & 1 != 0 { grant.methods = ["GET", "HEAD"] }
        if choice & 2 != 0 { grant.networks = ["192.0.2.0/24", "2001:db8::1"].compactMap { Grant.Network($0) } }
        if choice & 4 != 0 { grant.disposition = .inline }
        if choice & 8 != 0 { grant.bytesPerSecond = UInt32(choice) << 20 }
        if choice & 16 != 0 { grant.notBefore = Self.now }
        if choice & 32 != 0 { (grant.id, grant.version) = ("i", "v") }
    }
}
