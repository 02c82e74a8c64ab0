/// The result of a check run.
struct Report: Sendable {
    let url: String
    let file: String
    let server: FrontServer
    let findings: [Finding]
    /// The lines with which web servers pass the URL on, if the findings are about the last one.
    var way: [String] = []
    /// Lines that differ from the ready-made setup, if no fault was found that may come from them.
    var notes: [String] = []
    /// The changes of this machine since the last check without a fault.
    var changes: ChangesSince?

    func count(_ status: Finding.Status) -> Int { self.findings.count { $0.status == status } }
}
