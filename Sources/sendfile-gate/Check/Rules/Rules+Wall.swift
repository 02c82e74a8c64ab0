extension Rules {
    static let inside: Rule = { facts, findings in
        if facts.head == nil { return .skipped(.internal, "not asked while the program does not answer") }
        let size = facts.target.file.size
        if let answer = facts.inside.first(where: { $0.gives(size) }) {
            return .fail(.internal, "anybody gets the file at \(answer.question.url.path)", .internalReachable, facts)
        }
        guard !facts.inside.isEmpty else { return .skipped(.internal, "--internal is \"/\"") }
        return .pass(
            .internal, "\(facts.target.internalPrefix) is closed, in \(facts.inside.count) ways to write it")
    }

    static let outside: Rule = { facts, findings in
        if facts.head == nil { return .skipped(.public, "not asked while the program does not answer") }
        let size = facts.target.file.size
        // A location that is not internal is one of these places if it is called so.
        let inside = facts.inside.first { $0.gives(size) }?.question.url.path
        if let answer = facts.outside.first(where: { $0.gives(size) && $0.question.url.path != inside }) {
            let path = answer.question.url.path
            if let dots = path.firstRange(of: "../") {
                return .fail(
                    .public, "anybody gets the file at \(path)", .aliasTraversal, facts,
                    remedy: [
                        "location \(path[..<dots.lowerBound])/ { alias …/; }   (both end with a slash, or neither)"
                    ])
            }
            let tail = facts.target.tails.first { path.hasSuffix(PercentText.encode($0.utf8, keeping: "/")) } ?? ""
            let prefix = path.utf8.dropLast(PercentText.encode(tail.utf8, keeping: "/").utf8.count)
            return .fail(
                .public, "anybody gets the file at \(path)", .publiclyReachable, facts,
                remedy: Diagnosis.publicRemedy(String(decoding: prefix, as: UTF8.self), facts))
        }
        return .pass(.public, "not at \(facts.outside.count) other URLs")
    }

    static let link: Rule = { facts, findings in
        guard facts.target.gate != nil else { return .skipped(.link, "what is checked is no gate") }
        guard let expired = facts.expired, let forged = facts.forged else {
            return .skipped(.link, "not asked while the program does not answer")
        }
        let size = facts.target.file.size
        if forged.gives(size) {
            return .fail(.link, "a link with a forged signature gives the file", .forgedLinkTaken, facts)
        }
        // By a clock that is off, an expired link may be good, and a good one expired.
        if findings.failed(.clock) { return .skipped(.link, "follows from clock") }
        if expired.gives(size) {
            return .fail(.link, "a link that expired an hour ago gives the file", .expiredLinkTaken, facts)
        }
        // Only a gate that knows the signature says that a link has expired.
        if expired.status == 410 {
            return .pass(.link, "good ones are taken, expired ones 410, forged ones \(forged.status)")
        }
        return .fail(
            .link,
            "a link made with these settings is unknown to the gate: \(facts.whole.status), and \(expired.status) "
                + "for an expired one instead of 410", .wrongSecret, facts)
    }

    static let names: Rule = { facts, findings in
        if let skip = findings.skip(.names) { return skip }
        guard facts.target.namesFile else {
            return .skipped(.names, "the URL does not end with the file's name: no other file's URL is known")
        }
        guard !facts.names.isEmpty else {
            return .skipped(
                .names,
                facts.whyNoNames ?? "--write-test-files makes such files for a moment; --name NAME takes one of yours")
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
