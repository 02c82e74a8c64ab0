import FastCGI
import Glibc
import SignedLinks
import SystemPackage

/// Creates and verifies links.
///
/// A link contains the whole share. Because it is signed, no client can create one, or change its file or expiry.
struct Shares: Sendable {
    private let links: SignedLinks

    /// Signs links with the key in a file, which is created at the first start.
    init(key: FilePath) throws {
        self.links = try SignedLinks(format: .hmac, keys: [LinkKey(secret: try Files.key(key))])
    }

    /// The link to a share.
    func link(to share: Share, for use: Share.Use) throws -> LocalURL {
        let link = try self.links.link(
            to: Self.path(share.file.address, ShareMaker(share), use),
            expires: LinkTime(secondsSince1970: share.expires),
            binding: Self.binding(share.file, share.user))
        // A link is a path with a query.
        return LocalURL(validating: link)!
    }

    /// The share of a link.
    ///
    /// - Parameters:
    ///   - file: The file that currently has the name in the link.
    ///   - user: The user who currently has the name in the link.
    ///   - maker: The component of the link that names the user and the share.
    /// - Throws: ``SiteError/expired``, or ``SiteError/badLink`` if the signature is invalid, or was made for another
    ///   file or user of that name.
    func share(
        of request: Request, _ use: Share.Use, file: LibraryFile, user: User, _ maker: ShareMaker
    ) throws -> Share {
        let verdict = self.links.verify(
            path: Self.path(file.address, maker, use), query: request.query ?? "",
            at: LinkTime(secondsSince1970: Self.now()),
            binding: Self.binding(file, user))
        switch verdict {
        case .valid(let link):
            return Share(
                file: file, user: user, expires: link.expires.secondsSince1970, id: maker.id, limit: maker.limit)
        case .expired: throw SiteError.expired
        case .invalid: throw SiteError.badLink
        }
    }

    /// Seconds since 1970.
    static func now() -> Int64 { Int64(time(nil)) }

    /// The signed content of a link: its purpose, its creator, and the file.
    private static func path(_ file: FileAddress, _ maker: ShareMaker, _ use: Share.Use) -> [UInt8] {
        Array("\(use.rawValue)/\(maker.text)/\(file.team)/".utf8) + file.name
    }

    /// Further signed values. Names can be reused, and a link must not become valid again with them.
    private static func binding(_ file: LibraryFile, _ user: User) -> LinkBinding {
        LinkBinding(user: user.identity, version: file.origin)
    }
}
