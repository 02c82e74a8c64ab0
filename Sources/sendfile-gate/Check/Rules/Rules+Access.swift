import SendfileBasics

extension Rules {
    /// The internal prefix is closed to clients.
    static let inside: Rule = { facts, findings in
        if facts.head == nil { return .skipped(.internal, Self.whyNotRequested(facts)) }
        let size = facts.target.file.size
        if let answer = facts.inside.first(where: { $0.gives(size) }) {
            return .fail(
                .internal, "every client gets the file at \(answer.question.url.path)", .internalReachable, facts)
        }
        guard !facts.inside.isEmpty else { return .skipped(.internal, "--internal is \"/\"") }
        return .pass(
            .internal, "\(facts.target.internalPrefix) is closed, in \(facts.inside.count) forms of its URL")
    }

    /// The file is not available at a public URL.
    static let outside: Rule = { facts, findings in
        if facts.head == nil { return .skipped(.public, Self.whyNotRequested(facts)) }
        let size = facts.target.file.size
        // The internal prefix may be one of these URLs; the rule above reports it.
        let inside = facts.inside.first { $0.gives(size) }?.question.url.path
        if let answer = facts.outside.first(where: { $0.gives(size) && $0.question.url.path != inside }) {
            let path = answer.question.url.path
            if let dots = path.firstRange(of: "../") {
                return .fail(
                    .public, "every client gets the file at \(path)", .aliasTraversal, facts,
                    remedy: [
                        "location \(path[..<dots.lowerBound])/ { alias …/; }   (both end with a slash, or neither)"
                    ])
            }
            let tail =
                facts.target.tails.first {
                    path.hasSuffix(PercentEncoding.text($0.utf8, keeping: PercentEncoding.pathCharacters))
                } ?? ""
            let prefix = path.utf8.dropLast(
                PercentEncoding.text(tail.utf8, keeping: PercentEncoding.pathCharacters).utf8.count)
            return .fail(
                .public, "every client gets the file at \(path)", .publiclyReachable, facts,
                remedy: Diagnosis.publicPlaces(answer.question.url, facts)
                    + Diagnosis.publicRemedy(String(decoding: prefix, as: UTF8.self), facts))
        }
        return .pass(.public, "not at \(facts.outside.count) other URLs")
    }

    /// A gate accepts valid links and refuses all others.
    static let link: Rule = { facts, findings in
        guard facts.target.gate != nil else { return .skipped(.link, "the target is not a gate") }
        guard let expired = facts.expired, let forged = facts.forged else {
            return .skipped(.link, Self.whyNotRequested(facts))
        }
        if findings.failed(.behind) { return .skipped(.link, "follows from behind") }
        let size = facts.target.file.size
        if forged.gives(size), facts.gateReply != .none {
            return .fail(
                .link, "a link with a forged signature returns the file, but the gate refuses it", .cached, facts)
        }
        if forged.gives(size) {
            return .fail(.link, "a link with a forged signature returns the file", .forgedLinkTaken, facts)
        }
        if facts.whole.isFile(size), let again = facts.repeated, [403, 404, 410].contains(again.status) {
            return .fail(
                .link, "a valid link returned the file, and \(again.status) after requests with invalid links", .cached,
                facts)
        }
        if facts.whole.isFile(size), let outlived = facts.outlived, outlived.gives(size) {
            return .fail(
                .link, "a link that was used once returns the file after it has expired, too", .cached, facts)
        }
        // With a wrong clock, an expired link may be valid, and a valid one expired.
        if findings.failed(.clock) { return .skipped(.link, "follows from clock") }
        if expired.gives(size) {
            return .fail(.link, "a link that expired an hour ago returns the file", .expiredLinkTaken, facts)
        }
        if facts.whole.isFile(size),
            let page = [forged, expired, facts.asked].compactMap({ $0 }).first(where: \.isPageWith200)
        {
            return .fail(.link, "\(page.question.label) is answered with 200 and a page", .refusalAccepted, facts)
        }
        // Only a gate with the same secret reports that a link has expired; a rule of the web server may use the status, too.
        if expired.status == 410, facts.whole.status != 410,
            facts.whole.isFile(size) || FrontServer.author(ofErrorPage: expired) == nil
        {
            return .pass(.link, "valid links are accepted; expired ones get 410, forged ones \(forged.status)")
        }
        return Self.refusal(facts, expired)
    }

    /// Why a link is neither valid nor expired for the gate.
    private static func refusal(_ facts: Facts, _ expired: Answer) -> Finding {
        let status = facts.whole.status
        let isFile = facts.whole.isFile(facts.target.file.size)
        if isFile, facts.gateReply != .unknownKey {
            return .fail(
                .link, "an expired link is answered with \(expired.status) instead of 410", .refusalAccepted, facts)
        }
        switch facts.gateReply {
        case .none:
            let author = FrontServer.author(ofErrorPage: facts.whole)
            return .fail(
                .link,
                "the request never reached the gate: \(status)\(author.map { " on \($0.title)'s own page" } ?? "")",
                .gateNotReached, facts)
        case .unknownKey:
            return .fail(.link, "the gate has another secret than these settings: \(status)", .wrongSecret, facts)
        case .report(let report) where report.reason == "file":
            // The gate accepts links made with these settings, for another name in the same directory.
            return .fail(
                .link, "the request never reached the gate: \(status), although those for other names do",
                .gateNotReached, facts)
        case .report(let report):
            return .fail(
                .link,
                "the gate refused a link made with these settings: \(status), and \(expired.status) for an expired one",
                Diagnosis(report, facts), facts)
        }
    }
}
