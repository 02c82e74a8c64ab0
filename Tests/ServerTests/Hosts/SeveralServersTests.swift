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
    }
}
