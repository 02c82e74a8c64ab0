extension Rules {
    static let range: Rule = { facts, findings in
        if let skip = findings.skip(.range) { return skip }
        guard let answer = facts.range, let beyond = facts.beyond else { return .skipped(.range, "not requested") }
        let size = facts.target.file.size
        guard size > 1 else { return .skipped(.range, "one byte has no parts") }
        let (first, last) = (size / 3, min(size - 1, size / 3 + 4095))
        if answer.status == 200 {
            return .fail(.range, "a Range is ignored: the response is 200 with the whole file", .rangesIgnored, facts)
        }
        guard answer.status == 206 else {
            return .fail(.range, "a Range is answered with \(answer.status)", .rangesIgnored, facts)
        }
        guard answer.isFile(last - first + 1), answer.field("Content-Range") == "bytes \(first)-\(last)/\(size)" else {
            let range = answer.field("Content-Range") ?? "no Content-Range"
            return .fail(
                .range, "bytes \(first)-\(last) were requested, \(answer.length) others were received (\(range))",
                .wrongRange,
                facts)
        }
        // A weak ETag never matches If-Range (RFC 9110 §13.1.5).
        if let resumed = facts.resumed, resumed.status != 206, facts.whole.field("ETag")?.hasPrefix("W/") == false {
            return .fail(
                .range,
                "If-Range with the ETag of GET is answered with \(resumed.status): downloads cannot resume",
                .wrongRange, facts)
        }
        guard beyond.status == 416 else {
            return .fail(
                .range, "a Range beyond the end is answered with \(beyond.status), not 416", .wrongRange, facts)
        }
        return .pass(.range, "206 with the requested bytes, 416 beyond the end")
    }

    static let head: Rule = { facts, findings in
        if let skip = findings.skip(.head) { return skip }
        guard let head = facts.head else { return .skipped(.head, "not requested") }
        guard head.status == 200 else {
            return .fail(.head, "HEAD is answered with \(head.status)", .headDiffers, facts)
        }
        for name in ["Content-Length", "Content-Type", "ETag", "Last-Modified"] {
            guard let value = facts.whole.field(name), let other = head.field(name), value != other else { continue }
            // A response that was compressed on the way has a weak tag, which the check of compression reports.
            if name == "ETag", value == "W/\(other)" || other == "W/\(value)" { continue }
            return .fail(.head, "HEAD has \(name): \(other), GET has \(value)", .headDiffers, facts)
        }
        return .pass(.head, "the same header fields as GET")
    }

    static let revalidation: Rule = { facts, findings in
        if let skip = findings.skip(.revalidation) { return skip }
        let tag = facts.whole.field("ETag")
        if tag == "\"0\"" {
            return .fail(.revalidation, "the ETag is \"0\", the same for every file", .sameTag, facts)
        }
        if let answer = facts.matching, answer.status != 304 {
            return .fail(
                .revalidation, "If-None-Match with the ETag of GET: \(answer.status) instead of 304",
                .conditionIgnored, facts)
        }
        if let answer = facts.unmodified, answer.status != 304 {
            return .fail(
                .revalidation, "If-Modified-Since with the Last-Modified of GET: \(answer.status) instead of 304",
                .conditionIgnored, facts)
        }
        guard tag != nil else {
            let other = facts.unmodified == nil ? "and no Last-Modified" : "but a Last-Modified"
            return .warn(.revalidation, "no ETag, \(other)", .noTag, facts)
        }
        return .pass(.revalidation, "304 for an unchanged file")
    }

    static let methods: Rule = { facts, findings in
        guard let answer = facts.post else {
            return .skipped(.methods, facts.head == nil ? "not requested" : "--no-post was given")
        }
        if answer.gives(facts.target.file.size) {
            return .warn(.methods, "POST returns the file", .postAllowed, facts)
        }
        if let skip = findings.skip(.methods) { return skip }
        return .pass(.methods, "POST is answered with \(answer.status)")
    }

    static let clients: Rule = { facts, findings in
        if let skip = findings.skip(.clients) { return skip }
        guard !facts.clients.isEmpty else { return .skipped(.clients, "not requested") }
        guard let answer = facts.clients.first(where: { !$0.gives(facts.target.file.size) }) else {
            return .pass(.clients, "\(facts.clients.count) others get the file")
        }
        return .fail(
            .clients, "\(answer.question.label) is answered with \(answer.status)", .clientRefused, facts)
    }

    static let compression: Rule = { facts, findings in
        if let skip = findings.skip(.compression) { return skip }
        guard let answer = facts.compressed else { return .skipped(.compression, "not requested") }
        let coding = answer.field("Content-Encoding") ?? "identity"
        // A handler that labels the file itself does so for every client.
        guard coding != "identity", facts.whole.field("Content-Encoding") != coding else {
            return .pass(.compression, "the file is not compressed on the way")
        }
        return .warn(
            .compression, "clients that accept it receive the file with Content-Encoding: \(coding)", .compressed, facts
        )
    }

    static let clock: Rule = { facts, _ in
        guard let difference = facts.clockDifference else {
            return .skipped(.clock, "the response has no valid Date")
        }
        let seconds = abs(difference)
        let title = "the web server's clock is \(seconds) s \(difference < 0 ? "behind" : "ahead of") this machine's"
        if seconds > 60 { return .fail(.clock, title, .clockOff, facts) }
        if seconds > 5 { return .warn(.clock, title, .clockOff, facts) }
        return .pass(.clock, "within \(max(seconds, 1)) s of this machine's")
    }
}
