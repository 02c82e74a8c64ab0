import CLinux
import Glibc
import HTTPTypes
import Sendfile
import SystemPackage

/// Sends all requests and collects the facts.
struct Examination {
    let target: Target
    let curl: Curl
    /// The web server, if `--server` names it; otherwise it is derived from the responses.
    let server: FrontServer?
    /// The web server's user, if `--user` names it.
    let user: String?
    /// The path of the program's socket, if known.
    let socket: String?
    let pace = Pace()

    init(target: Target, curl: Curl, server: FrontServer?, user: String?, socket: String?) {
        (self.target, self.curl, self.server, self.user, self.socket) = (target, curl, server, user, socket)
    }

    /// - Throws: ``CheckFailure`` if the server cannot be reached.
    func run() async throws -> Facts {
        let target = self.target
        try await target.file.waitUntilOld()
        let configurations = LocalConfigurations(target.url)
        var question = Question(label: "GET", url: target.url, headers: target.headers)
        if !configurations.isEmpty { question.showsPeer = await Curl.knowsPeer }
        let start = UnitJournal.now
        let begin = time(nil)
        let (whole, transfer) = try await self.transfer(question)
        let end = time(nil)

        var facts = Facts(
            target: target, server: self.server ?? configurations.server(of: whole), whole: whole)
        configurations.describe(&facts)
        facts.transfer = transfer
        facts.clockDifference = whole.field("Date").flatMap { HTTPDate($0) }.map { date in
            // The head was written between these times; a large file takes a while.
            Int(date.seconds) - min(max(Int(date.seconds), begin), end)
        }
        try self.lookAround(&facts)
        await self.lookAtProgram(&facts, since: start)
        if target.gate != nil {
            await self.follow(&facts, since: start)
            facts.behind = try await self.askBehind(facts)
        }

        if self.isLimit(whole, facts) { facts.limit = whole }
        // If the program does not respond, each of about a hundred further requests may have to wait for it.
        guard whole.status > 0, whole.status < 500, facts.limit == nil else { return facts }
        do {
            try await self.askFurther(&facts)
        } catch let limited as Limited {
            facts.limit = limited.answer
        }
        return facts
    }
}
