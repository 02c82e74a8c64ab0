import Glibc
import SignedLinks
import Testing

extension ServerTests {
    /// `sendfile-gate downloads` with the logs of two web servers and of their gates at once.
    @Suite struct SeveralServersDownloadTests {
        /// A gate behind a web server, both with their logs.
        private static func site(_ server: WebServer) throws -> (site: GateSite, logs: [String]) {
            let directory = try Workspace.shared.makeDirectory("downloads")
            try Files.giveToServer(directory)
            let log = "\(directory)/access.jsonl"
            let folder = server == .apacheFcgid ? "apache2" : server.folder
            let site = try GateSite.shared(
                .init(
                    server: server, settings: ["FASTCGI_ACCESS_LOG": log], options: ["downloads"],
                    edits: ["/var/log/\(folder)/downloads.jsonl": "\(directory)/downloads.jsonl"]))
            return (site, [log, "\(directory)/downloads.jsonl"])
        }

        @Test("Parts of a file that a client gets by one grant from two web servers are one download")
        func join() throws {
            let (first, second) = (try Self.site(.nginx), try Self.site(.lighttpd))
            let logs = first.logs + second.logs
            let name = Corpus.large.name
            let size = Corpus.large.content.count
            func target(_ id: String) throws -> String {
                "/\(name)?grant=\(try GrantSite.token(name) { $0.id = id })"
            }
            func get(_ site: GateSite, _ target: String, _ range: String?) throws {
                let answer = try site.client.get(target, range.map { ["Range": "bytes=\($0)"] } ?? [:])
                #expect(answer.status == (range == nil ? 200 : 206))
            }
            let (halves, half) = (try target("halves"), try target("half"))
            try get(first.site, halves, "0-\(size / 2 - 1)")
            try get(second.site, halves, "\(size / 2)-")
            try get(second.site, half, "0-\(size / 2 - 1)")
            try get(first.site, "/\(try first.site.link(name).dropFirst())", nil)

            var found: [JSON] = []
            try Deadline.wait("the logs have the end of each download") {
                let run = try GateRun(["downloads", "--json"] + logs)
                guard run.end == .exited(0), run.errors.isEmpty else { throw Failure("\(run.end): \(run.errors)") }
                found = try run.output.split(separator: "\n").map { try JSON(Array($0.utf8)) }
                return found.count == 3 && !found.contains { $0["complete"] == .null }
            }
            let byGrant = Dictionary(grouping: found) { $0["grant"]?.text ?? "" }
            #expect(byGrant["halves"]?.first?["complete"] == .flag(true), "\(found)")
            #expect(byGrant["halves"]?.first?.count("requests") == 2)
            #expect(byGrant["half"]?.first?["complete"] == .flag(false), "\(found)")
            #expect(byGrant["half"]?.first?.count("received") == size / 2)
            #expect(byGrant[""]?.first?["complete"] == .flag(true), "\(found)")
            #expect(found.allSatisfy { $0["client"] == .text("127.0.0.1") && $0["file"] == .text(name) })
            // Without the log of one server, its part is not known.
            let run = try GateRun(["downloads"] + logs.dropLast())
            let row = run.output.split(separator: "\n").first { $0.contains(" halves ") }
            #expect(row?.contains(" unknown ") == true, "\(run.output)")
        }
    }
}
