/// The result of a check run.
struct Report: Sendable {
    let url: String
    let file: String
    let server: FrontServer
    let findings: [Finding]

    func count(_ status: Finding.Status) -> Int { self.findings.count { $0.status == status } }
}
