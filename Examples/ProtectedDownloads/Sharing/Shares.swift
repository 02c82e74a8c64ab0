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
        try self.links.link(
            to: Self.path(share.file.address, user: share.user, use), expires: share.expires,
            binding: Self.binding(share.file, share.user))
    }

    /// The share that a link gives.
    ///
    /// - Parameters:
    ///   - file: The file that has the name in the link now.
    ///   - user: The user who has the name in the link now.
    /// - Throws: ``SiteError/expired``, or ``SiteError/badLink`` if the link was not signed here, or for another file or user who
    ///   had that name.
    func share(of request: Request, _ use: Share.Use, file: LibraryFile, user: User) throws -> Share {
        let verdict = self.links.verify(
            path: Self.path(file.address, user: user, use), query: request.query ?? "", at: Self.now(),
            binding: Self.binding(file, user))
        switch verdict {
        case .valid(let link): return Share(file: file, user: user, expires: link.expires)
        case .expired: throw SiteError.expired
        case .invalid: throw SiteError.badLink
        }
    }

    /// Seconds since 1970.
    static func now() -> Int64 { Int64(time(nil)) }

    /// The content of a link: its purpose, its maker, and the file that it gives.
    private static func path(_ file: FileAddress, user: User, _ use: Share.Use) -> [UInt8] {
        Array("\(use.rawValue)/\(user.name)/\(file.team)/".utf8) + file.name
    }

    /// Further signed values. Names can be used again, and a link must not come back to life with them.
    private static func binding(_ file: LibraryFile, _ user: User) -> LinkBinding {
        LinkBinding(user: user.identity, version: file.origin)
    }
}
