import SendfileBasics

/// The first invalid value of a grant.
struct GrantFlaw {
    let field: GrantFields.Name
    /// The error of the program that makes such a grant.
    let error: SignedLinksError

    /// - Returns: `nil` if each value is valid.
    init?(_ grant: Grant) {
        func flaw(_ field: GrantFields.Name, _ code: SignedLinksError.Code, _ text: String) -> GrantFlaw {
            GrantFlaw(field: field, error: SignedLinksError(code, text))
        }
        func hasNUL(_ text: String?) -> Bool { text?.utf8.contains(0) == true }
        let scope = grant.scope
        if let reason = scope.flaw {
            self = flaw(
                scope.isFolder ? .folder : .file, .invalidPath,
                "no grant can cover \"\(scope)\": \(reason); give a path below the root")
        } else if grant.expires.secondsSince1970 < 0 {
            self = flaw(
                .expires, .invalidExpiry, "the expiry of a grant is \(grant.expires); give seconds since 1970")
        } else if let start = grant.notBefore, start.secondsSince1970 < 0 || start > grant.expires {
            self = flaw(
                .from, .invalidExpiry,
                "a grant is valid from \(start) until \(grant.expires); give two times in seconds since 1970, the earlier one first"
            )
        } else if let id = grant.id, !Grant.isID(id) {
            self = flaw(
                .id, .invalidGrant,
                "the id of a grant is \"\(PercentEncoding.text(id.utf8))\"; use at most 64 letters, digits, -, ., _ and ~"
            )
        } else if !grant.methods.allSatisfy(Self.isMethod) || Set(grant.methods).count < grant.methods.count {
            self = flaw(
                .method, .invalidGrant,
                "the methods of a grant are \"\(PercentEncoding.text(grant.methods.joined(separator: " ").utf8))\"; use names such as GET, each once"
            )
        } else if hasNUL(grant.user) {
            self = flaw(.user, .invalidBinding, "the user of a grant contains a NUL byte; remove it")
        } else if hasNUL(grant.version) {
            self = flaw(.version, .invalidBinding, "the file's version of a grant contains a NUL byte; remove it")
        } else if let name = grant.name, name.isEmpty || hasNUL(name) {
            self = flaw(
                .name, .invalidName,
                "the name under which a file is saved is empty or contains a NUL byte; give another one, or none")
        } else if grant.bytesPerSecond == 0 {
            self = flaw(
                .rate, .invalidGrant, "a grant permits 0 bytes per second; give at least 1, or nil for no limit")
        } else if let issued = grant.issued, issued.secondsSince1970 < 0 || issued > grant.expires {
            self = flaw(
                .issued, .invalidExpiry,
                "a grant is made at \(issued) and valid until \(grant.expires); give two times in seconds since 1970, the earlier one first"
            )
        } else if grant.uses == 0 {
            self = flaw(.uses, .invalidGrant, "a grant permits 0 downloads; give at least 1, or nil for no limit")
        } else if grant.uses != nil, grant.id == nil {
            self = flaw(
                .uses, .invalidGrant,
                "a grant is limited to a number of downloads and has no id; give one to count under"
            )
        } else {
            return nil
        }
    }

    private init(field: GrantFields.Name, error: SignedLinksError) {
        self.field = field
        self.error = error
    }

    private static func isMethod(_ method: String) -> Bool {
        (1...32).contains(method.utf8.count)
            && method.utf8.allSatisfy {
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}

extension Grant {
    /// Whether a text can be the id of a grant.
    package static func isID(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count) && id.utf8.allSatisfy(PercentEncoding.isUnreserved)
    }
}
