import FastCGI
import Glibc
import SignedLinks
import SystemPackage

/// Makes links and reads them again.
///
/// A link is all there is of a share: it is signed, so nobody can make one or change what it gives, and for how long.
struct Shares: Sendable {
    private let links: SignedLinks

    /// Links that are signed with the key in a file, which is made at the first start.
    init(key: FilePath) throws {
        self.links = try SignedLinks(format: .hmac, keys: [LinkKey(secret: try Files.key(key))])
    }

    /// The link to a share, as a path with a query.
    func link(to share: Share, for use: Share.Use) throws -> String {
        try self.links.link(to: Self.path(share.file, user: share.user, use), expires: share.expires)
    }

    /// The share that a link gives.
    ///
    /// - Throws: ``SiteError/expired``, or ``SiteError/badLink`` if nobody has signed it.
    func share(of request: Request, _ use: Share.Use, file: FileAddress, user: String) throws -> Share {
        let path = Self.path(file, user: user, use)
        switch self.links.verify(path: path, query: request.query ?? "", at: Self.now()) {
        case .valid(let link): return Share(file: file, user: user, expires: link.expires)
        case .expired: throw SiteError.expired
        case .invalid: throw SiteError.badLink
        }
    }

    /// Seconds since 1970.
    static func now() -> Int64 { Int64(time(nil)) }

    /// What is signed: what the link is for, who made it, and which file it gives.
    private static func path(_ file: FileAddress, user: String, _ use: Share.Use) -> [UInt8] {
        Array("\(use.rawValue)/\(user)/\(file.team)/".utf8) + file.name
    }
}
