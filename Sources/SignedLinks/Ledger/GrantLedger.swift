/// Remembers what no signed text can say: which grants were revoked, and how often a grant was used.
///
/// ```swift
/// func status(_ request: Request, _ grants: SignedGrants, _ ledger: any GrantLedger) async throws -> Int {
///     var asked = GrantRequest(path: request.pathBytes, query: request.query ?? "", method: request.method.rawValue)
///     asked.asksLedger = true
///     let verdict = grants.verify(asked)
///     guard case .valid(let link) = verdict,
///         let use = GrantUse(
///             link, user: request.remoteUser, address: request.remoteAddress, begins: request.method == .get)
///     else { return verdict.statusCode }
///     return try await ledger.use(use) == .permitted ? 200 : 410
/// }
/// ```
///
/// The products GrantLedgerSQLite and GrantLedgerValkey contain ledgers for one machine and for several. Each method is atomic: the result
/// of concurrent calls, in several processes too, is that of the same calls one after another. See <doc:GrantLedgers>.
public protocol GrantLedger: Sendable {
    /// Decides about a request with a valid grant, and counts a use that begins.
    ///
    /// A conforming type applies the rules of ``GrantUse``, in their order.
    ///
    /// - Throws: ``GrantLedgerError`` if the ledger cannot decide. The program then refuses the request, or permits it, as its
    ///   administrator wants.
    func use(_ use: GrantUse) async throws -> GrantUse.Verdict

    /// Revokes all grants with an id, for ever. The ledger need not have seen them.
    func revoke(_ id: String) async throws

    /// Revokes all grants that were issued before a time, with an id or without. A grant that does not say when it was issued
    /// (``Grant/issued``) is among them, also if it is made later. An earlier time than that of another call has no effect.
    func revokeAll(before: LinkTime) async throws

    /// The grants that were used or revoked, in the order of their ids, without the details of their uses.
    func records() async throws -> [GrantRecord]

    /// The record of the grants with an id; `nil` if they were neither used nor revoked.
    func record(of id: String) async throws -> GrantRecord?
}
