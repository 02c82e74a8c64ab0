extension Rules {
    /// Fields that name a file to the web server. Other fields of the same families reveal nothing to a client.
    private static let naming: Set = [
        "x-sendfile", "x-sendfile2", "x-sendfile-temporary", "x-accel-redirect", "x-lighttpd-send-file",
        "x-reproxy-url",
    ]

    static let leak: Rule = { facts, _ in
        let answers = facts.answers
        for answer in answers {
            if let field = answer.fields.first(where: { Self.naming.contains($0.name.lowercased()) }) {
                let shown = answer.length == 0 && answer.question.label == "GET" ? ", and 0 bytes are received" : ""
                return .fail(
                    .leak, "\(answer.question.label): the client sees \(field.name): \(field.value)\(shown)",
                    Self.diagnosis(of: field.name, facts), facts)
            }
        }
        let directory = facts.target.root ?? facts.target.file.directory
        for answer in answers where directory.utf8.count > 1 && !facts.target.url.path.contains(directory) {
            let asked = answer.question.url.path
            guard !asked.contains(directory) else { continue }
            if let field = answer.fields.first(where: { $0.value.contains(directory) }) {
                return .fail(
                    .leak, "\(answer.question.label): the field \(field.name) shows \(directory)", .pathLeaked, facts)
            }
            if answer.status >= 400, answer.text.contains(directory) {
                return .fail(
                    .leak, "\(answer.question.label): the page of \(answer.status) shows \(directory)", .pathLeaked,
                    facts)
            }
        }
        // A redirect may reveal the location of the file. Requests for that prefix are excluded: a redirect may repeat
        // their path.
        let prefix = facts.target.internalPrefix
        let others = facts.answersElsewhere
        for answer in others where prefix != "/" && !facts.target.url.path.contains(prefix) {
            guard let location = answer.field("Location"), location.contains(prefix) else { continue }
            return .fail(
                .leak, "\(answer.question.label): Location shows the internal prefix: \(location)", .pathLeaked, facts)
        }
        for answer in answers {
            let names = answer.fields.map { $0.name.lowercased() }
            if let name = names.first(where: { $0.hasPrefix("x-accel-") || $0.hasPrefix("x-lighttpd-") }) {
                return .warn(.leak, "\(answer.question.label): the client sees \(name)", .controlLeaked, facts)
            }
            if names.contains("status") {
                return .warn(.leak, "\(answer.question.label): the client sees Status", .statusLeaked, facts)
            }
        }
        return .pass(.leak, "no sendfile header and no path in \(answers.count) responses")
    }

    private static func diagnosis(of name: String, _ facts: Facts) -> Diagnosis {
        let name = name.lowercased()
        if facts.server != .unknown, name != facts.server.field.lowercased() { return .wrongDialect }
        // The download itself arrived, so only another response contains the field.
        return facts.whole.length > 0 && facts.whole.difference == nil ? .pathLeaked : .headerNotHonoured
    }
}
