import Glibc
import Testing

extension ServerTests {
    /// Three application servers on three hosts, behind the configurations for several servers.
    @Suite(.serialized, .onMachines) struct SeveralServersTests {
        @Test("Each server gives a file the same fields and bytes", arguments: BalancingServer.Kind.allCases)
        func same(_ kind: BalancingServer.Kind) throws {
            let site = try SeveralServers([kind])
            let front = site.fronts[0]
            /// Responses by the server that sent them, without the fields that name the server or the moment.
            func answers(
                _ target: String, _ fields: [String: String] = [:]
            ) throws -> [String: (answer: HTTPAnswer, fields: Set<String>)] {
                var answers: [String: (answer: HTTPAnswer, fields: Set<String>)] = [:]
                try Deadline.wait("each server has answered") {
                    let answer = try front.client.get(target, fields)
                    let names = answer.fields.filter { !["instance", "date"].contains($0.name.lowercased()) }
                    answers[answer.field("Instance") ?? "-"] = (answer, Set(names.map { "\($0.name): \($0.value)" }))
                    return answers.count == 3
                }
                return answers
            }

            for target in ["/file/plain.txt", "/file/\(Corpus.large.name)?attachment", "/file/missing.txt"] {
                let all = try answers(target)
                #expect(Set(all.keys) == Set(site.instances))
                #expect(Set(all.values.map(\.fields)).count == 1, "\(all.values.map(\.fields))")
                #expect(Set(all.values.map(\.answer.status)).count == 1)
                #expect(all.values.allSatisfy { $0.answer.body == all.values.first?.answer.body })
            }
            let large = "/file/\(Corpus.large.name)"
            let tag = try #require(try front.client.get(large).field("ETag"))
            for (_, entry) in try answers(large, ["If-None-Match": tag]) { #expect(entry.answer.status == 304) }
            for (_, entry) in try answers(large, ["Range": "bytes=8000000-", "If-Range": tag]) {
                #expect(entry.answer.status == 206)
                #expect(Bytes(entry.answer.body) == Bytes(Array(Corpus.large.content[8_000_000...])))
            }
            // lighttpd merges ranges into one.
            if kind != .lighttpd {
                let several = try answers(large, ["Range": "bytes=0-9,100-109"])
                // The boundary is random and belongs to the response.
                let parts = try several.values.map {
                    try MultipartReader(contentType: $0.answer.field("Content-Type") ?? "", body: $0.answer.body).parts
                }
                #expect(parts.count == 3)
                for part in parts { #expect(part == parts[0]) }
            }
            try site.stop()
        }

        /// nginx closes each connection to a program first, so the port stays in TIME_WAIT for a minute on its machine.
        @Test("nginx does not run out of ports with tcp_tw_reuse, as its configuration requires") func ports() throws {
            let site = try SeveralServers([.nginx])
            let front = site.fronts[0]
            func set(_ name: String, _ value: String) throws {
                let log = "\(try Workspace.shared.makeDirectory("setting"))/log"
                let change = try ChildProcess(
                    front.host.wrapper + ["sh", "-c", "echo '\(value)' >/proc/sys/net/ipv4/\(name)"], log: log)
                guard try change.waitForEnd() == .exited(0) else { throw Failure(try Files.text(log)) }
            }
            func failures(of requests: Int) throws -> Int {
                try (0..<requests).filter { _ in try front.client.get("/file/plain.txt").status != 200 }.count
            }
            // 64 ports for each of three servers.
            try set("ip_local_port_range", "40000 40063")
            try set("tcp_tw_reuse", "1")
            for _ in 0..<3 {
                #expect(try failures(of: 100) == 0)
                // The kernel reuses a port after a second.
                usleep(1_300_000)
            }
            // Linux's default, which reuses the ports of loopback addresses only.
            try set("tcp_tw_reuse", "2")
            #expect(try failures(of: 100) > 0)
            try site.stop()
        }
    }
}
