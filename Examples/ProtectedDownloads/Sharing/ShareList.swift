import FastCGI
import GrantLedgerSQLite
import SignedLinks
import SystemPackage

/// The shares that were made, which of them have ended, and who has used them.
///
/// A link contains its share, so the list is not needed to verify one. The ledger is asked about each use: it counts the guests, and knows
/// the shares that were ended.
struct ShareList: Sendable {
    /// A share of a user, for the page of its file.
    struct Entry: Sendable {
        let id: String
        /// Seconds since 1970.
        let made: Int64
        let expires: Int64
        let limit: UInt32?
        var hasEnded = false
        /// The uses that have begun, the newest first.
        var uses: [GrantRecord.Use] = []
    }

    private let file: LineFile
    private let ledger: SQLiteGrantLedger

    /// Opens both in the state directory, and creates the ledger.
    init(stateDirectory: FilePath) throws {
        self.file = LineFile(stateDirectory.appending("shares.log"))
        self.ledger = try SQLiteGrantLedger(path: stateDirectory.appending("shares.sqlite").string)
    }

    /// Adds a new share: a line `id user team name made expires limit`.
    func add(_ share: Share, at now: Int64) throws {
        guard let id = share.id else { return }
        let address = share.file.address
        try self.file.append([
            id, share.user.name, address.team, PercentText.encode(address.name), "\(now)", "\(share.expires)",
            share.limit.map { "\($0)" } ?? "",
        ])
    }

    /// The latest shares of a file that a user has made, the newest first.
    func entries(of address: FileAddress, by user: String, limit: Int = 20) async throws -> [Entry] {
        let wanted = [user, address.team, PercentText.encode(address.name)]
        let found = try self.file.tail().reversed().lazy.compactMap { line -> Entry? in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 7, fields[1...3].elementsEqual(wanted, by: ==), let made = Int64(fields[4]),
                let expires = Int64(fields[5])
            else { return nil }
            return Entry(id: String(fields[0]), made: made, expires: expires, limit: UInt32(fields[6]))
        }.prefix(limit)
        var entries: [Entry] = []
        for var entry in found {
            if let record = try await self.ledger.record(of: entry.id) {
                entry.hasEnded = record.revoked != nil
                entry.uses = record.details
            }
            entries.append(entry)
        }
        return entries
    }

    /// Ends a share: its links do not work from now on.
    func end(_ id: String) async throws { try await self.ledger.revoke(id) }

    /// Asks whether a client may use a share, and counts a use that begins.
    ///
    /// - Parameters:
    ///   - client: The client's address.
    ///   - begins: Whether the response has content. All requests of one client within 24 hours are one use.
    /// - Throws: ``SiteError/ended`` or ``SiteError/usedUp``.
    func use(_ share: Share, by client: String?, begins: Bool) async throws {
        guard let id = share.id else { return }
        let use = GrantUse(
            of: id, file: PercentText.encode(share.file.displayName), limit: share.limit,
            expires: LinkTime(secondsSince1970: share.expires), user: nil, address: client, begins: begins)
        switch try await self.ledger.use(use) {
        case .permitted: return
        case .revoked: throw SiteError.ended
        case .usedUp: throw SiteError.usedUp
        }
    }
}
