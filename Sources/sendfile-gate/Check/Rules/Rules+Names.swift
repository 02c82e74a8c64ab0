extension Rules {
    /// Files with special characters in their names arrive.
    static let names: Rule = { facts, findings in
        if let skip = findings.skip(.names) { return skip }
        guard facts.target.namesFile else {
            return .skipped(.names, "the URL does not end with the file's name, so the URLs of other files are unknown")
        }
        guard !facts.names.isEmpty else {
            return .skipped(
                .names,
                facts.whyNoNames
                    ?? "use --write-test-files to create such files temporarily, or --name NAME for an existing one")
        }
        for named in facts.names where !(named.answer.status == 200 && named.answer.isFile(named.size)) {
            let answer = named.answer
            let what =
                answer.status == 200
                ? answer.length == 0 ? "0 bytes" : "another file (\(answer.length) bytes, not \(named.size))"
                : "\(answer.status)"
            return .fail(.names, "\"\(named.name)\" is answered with \(what)", .nameLost, facts)
        }
        let module = facts.decodingModule.map {
            "; \($0) decodes % in paths unless XSendFileUnescape is off: FastCGI programs of this library stream such names"
        }
        return .pass(.names, "\(facts.names.count) names with such characters arrive\(module ?? "")")
    }
}
