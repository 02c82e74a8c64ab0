import Sendfile
import Testing

extension ServerTests {
    /// The same request for an object has the same response by every delivery. The reference is the program's stream behind nginx.
    @Suite(.serialized, .checking(.parity)) struct ObjectParityTests {
        /// Fields of the connection and of the web server.
        private static let ignored: Set = ["date", "server", "via", "connection", "keep-alive", "transfer-encoding"]

        /// The answer to a client, which follows a redirect to the store with the same fields.
        private static func answer(
            _ site: any AnsweringSite, _ method: String, _ target: String, _ fields: [String: String] = [:]
        ) throws -> (HTTPAnswer, isOfStore: Bool) {
            let answer = try site.client.send(method, target, fields)
            guard answer.status == 307, let location = answer.field("Location") else { return (answer, false) }
            let store = try ObjectStoreServer.shared
            let path = String(location.dropFirst(store.endpoint.count))
            return (try HTTPClient(port: store.port).send(method, path, fields), true)
        }

        /// The parts of a response that differ.
        private static func differences(
            _ answer: HTTPAnswer, _ reference: HTTPAnswer, onlyBytes: Bool
        ) -> [String] {
            guard answer.status == reference.status else { return ["\(answer.status), not \(reference.status)"] }
            // The text of an error page is the web server's.
            let isError = answer.status >= 400
            var differences = isError || answer.body == reference.body ? [] : ["the body"]
            var names = Set((answer.fields + reference.fields).map { $0.name.lowercased() }).subtracting(Self.ignored)
            if onlyBytes { names.formIntersection(["content-range", "content-length"]) }
            if isError { names.subtract(["content-type", "content-length", "content-language"]) }
            for name in names.sorted() where answer.values(name) != reference.values(name) {
                differences.append("`\(name)`")
            }
            return differences
        }

        @Test("Every delivery gives the same answers, except where the table says so", arguments: ObjectPlace.compared)
        func parity(place: ObjectPlace) throws {
            let isRedirect = place == .route(.redirect)
            try place.withSite("stream") { site in
                let reference = try ObjectSite.shared(.stream)
                var wrong: [String] = []
                for name in ["s3", "sha256"] {
                    for object in ObjectCorpus.all {
                        let (answer, isOfStore) = try Self.answer(site, "GET", ObjectSite.target(object.key, name))
                        // A redirect leads to no key that clients change.
                        if isRedirect, ObjectCorpus.dotted.contains(object.key), answer.status == 404 { continue }
                        #expect(isOfStore == isRedirect)
                        if answer.status != 200 || answer.body != object.content { wrong.append(object.key) }
                    }
                }
                #expect(wrong.isEmpty)
                let exception =
                    isRedirect ? "equal, but 404 for \(ObjectCorpus.dotted.count) with `.` or `..`" : "equal"
                ObjectTable.parity.set(
                    wrong.isEmpty ? exception : "**unequal**", row: ObjectTable.names, column: place.title)

                var texts: [String: [(knowledge: String, differences: String)]] = [:]
                for (knowledge, query) in ObjectQuestion.knowledge {
                    let target = ObjectSite.target(ObjectCorpus.plain, query: query)
                    let validators = try [site as any AnsweringSite, reference].map { site in
                        let answer = try Self.answer(site, "GET", target).0
                        return ["etag": answer.field("ETag") ?? "", "date": answer.field("Last-Modified") ?? ""]
                    }
                    for question in ObjectQuestion.all {
                        let target = ObjectSite.target(
                            question.key, query: knowledge == "known" && question.key != ObjectCorpus.plain ? "" : query
                        )
                        let (answer, _) = try Self.answer(
                            site, question.method, target, question.fields(validators[0]))
                        let (expected, _) = try Self.answer(
                            reference, question.method, target, question.fields(validators[1]))
                        let found = Self.differences(answer, expected, onlyBytes: isRedirect)
                        texts[question.title, default: []].append((knowledge, found.joined(separator: ", ")))
                    }
                }
                for (row, parts) in texts {
                    ObjectTable.parity.set(Self.text(of: parts), row: row, column: place.title)
                }
            }
        }

        /// The text of a cell: equal, or what differs with which knowledge.
        private static func text(of parts: [(knowledge: String, differences: String)]) -> String {
            let unequal = parts.filter { !$0.differences.isEmpty }
            if unequal.isEmpty { return "equal" }
            if unequal.count == parts.count, Set(parts.map(\.differences)).count == 1 { return unequal[0].differences }
            var texts: [String] = []
            for differences in unequal.map(\.differences) where !texts.contains(differences) {
                texts.append(differences)
            }
            return texts.map { text in
                "\(unequal.filter { $0.differences == text }.map(\.knowledge).joined(separator: ", ")): \(text)"
            }.joined(separator: "; ")
        }
    }
}

extension ObjectPlace {
    /// The deliveries of the table, which are compared with a stream behind nginx.
    fileprivate static let compared =
        ObjectRoute.fetching.map { Self.route($0) } + ObjectPlace.others + [.route(.redirect)]

    fileprivate var title: String {
        switch self {
        case .route(let route): route.rawValue
        case .server, .haproxy: "stream, \(self.testDescription)"
        }
    }
}

extension ObjectTable {
    fileprivate static let names = "\(ObjectCorpus.all.count) keys, by S3 and TempURL"

    /// Where the deliveries differ.
    static let parity = ObjectTable(
        "parity of objects", filter: "ObjectParity", heading: "request", columns: ObjectPlace.compared.map(\.title),
        rows: [ObjectTable.names] + ObjectQuestion.all.map(\.title))
}
