import Testing

/// Sends a site the requests of the parity tables and compares its responses with the program's own.
enum ParityComparison {
    /// The reference: the program without a web server, which streams.
    private static let reference = Result { try RunningProgram.listening(wrapper: ChildProcess.asServer) }

    /// The rows of a table.
    typealias Rows = [(title: String, questions: [Question])]

    /// Sends the requests of each row and adds the results to the table.
    static func fill(_ table: String, _ rows: Rows, _ delivery: Delivery, at site: some AnsweringSite) throws {
        #expect(Set(rows.map(\.title)).count == rows.count, "two rows have the same title")
        let exceptions = ParityException.all.indices.filter { ParityException.all[$0].isAbout(delivery) }
        var needed: [Int: Set<String>] = [:]
        let validators = try Self.validators(at: site)
        for row in rows {
            var used: Set<Int> = []
            var isEqual = true
            for question in row.questions {
                for (what, how) in try Self.differences(at: site, question, validators) {
                    let exception = exceptions.first { index in
                        let exception = ParityException.all[index]
                        return exception.differences.contains(what) && exception.rows?.contains(row.title) ?? true
                    }
                    if let exception {
                        used.insert(exception)
                        needed[exception, default: []].insert(row.title)
                    } else {
                        isEqual = false
                        Issue.record("\(row.title): \(question.title): \(what): \(how)")
                    }
                }
            }
            let cell: ParityTable.Cell = isEqual ? (used.isEmpty ? .equal : .excepted(used.sorted())) : .unequal
            ParityTable.shared.set(cell, table: table, row: row.title, delivery)
        }
        Self.checkExceptions(exceptions, in: rows, neededBy: needed)
    }

    /// Reports exceptions that no row needs any more.
    private static func checkExceptions(_ exceptions: [Int], in rows: Rows, neededBy needed: [Int: Set<String>]) {
        let titles = Set(rows.map(\.title))
        let sendsFiles = rows.contains { $0.questions.contains { $0.outcome.status < 300 } }
        for index in exceptions {
            let exception = ParityException.all[index]
            if let rows = exception.rows {
                let superfluous = rows.intersection(titles).subtracting(needed[index] ?? [])
                #expect(superfluous.isEmpty, "no longer needed: \(exception.reason)")
            } else if sendsFiles {
                #expect(needed[index] != nil, "no longer needed: \(exception.reason)")
            }
        }
    }

    private static func differences(
        at site: some AnsweringSite, _ question: Question, _ validators: [String: String]
    ) throws -> [String: String] {
        let answer = try site.client.send(
            question.method, question.target, question.fields(validators),
            body: question.method == "POST" ? .bytes([]) : .none)
        let reference = try Self.reference(for: question)
        if question.outcome.status >= 300, answer.text.contains(Corpus.secret) {
            return ["secret": "another directory's file"]
        }
        return Comparison(answer, to: question, reference: reference, root: site.root).differences
    }

    /// The validators of `plain.txt` that the client has received from this site.
    private static func validators(at site: some AnsweringSite) throws -> [String: String] {
        let answer = try site.client.get(Question.target("plain.txt"))
        return [
            "etag": try #require(answer.field("ETag")), "date": try #require(answer.field("Last-Modified")),
        ]
    }

    private static func reference(for question: Question) throws -> HTTPAnswer {
        let program = try Self.reference.get()
        let file = try program.client().exchange("HEAD", Question.target("plain.txt"))
        let fields = question.fields([
            "etag": try #require(file.field("ETag")), "date": try #require(file.field("Last-Modified")),
        ])
        let parameters = fields.map { ("HTTP_" + $0.key.uppercased().replacing("-", with: "_"), $0.value) }
        let answer = try program.client().exchange(
            question.method, question.target, parameters: Dictionary(uniqueKeysWithValues: parameters))
        return HTTPAnswer(
            status: answer.status ?? 200, fields: answer.fields.filter { $0.name.lowercased() != "status" },
            body: answer.body)
    }
}
