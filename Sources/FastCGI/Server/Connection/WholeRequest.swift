/// A whole request: one that arrived completely in one read.
///
/// Its connection stays in the phase `reading` while the handler runs. If the handler answers without suspending and
/// the response fits into one write, as for nearly every request, the connection's state is told once, at the end
/// (``ConnectionState/finishWhole(_:_:_:_:isStopping:)``). Otherwise the state is told before any other event
/// (``ConnectionState/beginWhole(_:)``).
struct WholeRequest: Sendable {
    /// The number of the request on its connection, from 1.
    let ordinal: UInt64
    let wireID: UInt16
}

extension ConnectionState.Beginning where Work == Connection.Work {
    init(_ work: Work, _ whole: WholeRequest) {
        self.init(work: work, id: work.request.id, ordinal: whole.ordinal, wireID: whole.wireID)
    }
}
