extension Rules {
    static let range: Rule = { facts, findings in
        if let skip = findings.skip(.range) { return skip }
        guard let answer = facts.range, let beyond = facts.beyond else { return .skipped(.range, "not asked") }
        let size = facts.target.file.size
        guard size > 1 else { return .skipped(.range, "one byte has no parts") }
        let (first, last) = (size / 3, min(size - 1, size / 3 + 4095))
        if answer.status == 200 {
            return .fail(.range, "a Range is ignored: 200 and the whole file", .rangesIgnored, facts)
        }
        guard answer.status == 206 else {
            return .fail(.range, "a Range is answered with \(answer.status)", .rangesIgnored, facts)
        }
        guard answer.isFile(last - first + 1), answer.field("Content-Range") == "bytes \(first)-\(last)/\(size)" else {
            let range = answer.field("Content-Range") ?? "no Content-Range"
            return .fail(
                .range, "bytes \(first)-\(last) were asked for, \(answer.length) others came (\(range))", .wrongRange,
                facts)
        }
        // A weak ETag is no reason to expect more (RFC 9110 §13.1.5).
        if let resumed = facts.resumed, resumed.status != 206, facts.whole.field("ETag")?.hasPrefix("W/") == false {
            return .fail(
                .range,
                "If-Range with the ETag that GET gave is answered with \(resumed.status): nothing can be resumed",
                .wrongRange, facts)
        }
        guard beyond.status == 416 else {
            return .fail(
                .range, "a Range beyond the end is answered with \(beyond.status), not 416", .wrongRange, facts)
        }
        return .pass(.range, "206 with the bytes that were asked for, 416 beyond the end")
    }

    static let head: Rule = { facts, findings in
        if let skip = findings.skip(.head) { return skip }
        guard let head = facts.head else { return .skipped(.head, "not asked") }
        guard head.status == 200 else {
            return .fail(.head, "HEAD is answered with \(head.status)", .headDiffers, facts)
        }
        for name in ["Content-Length", "Content-Type", "ETag", "Last-Modified"] {
            guard let value = facts.whole.field(name), let other = head.field(name), value != other else { continue }
            return .fail(.head, "HEAD says \(name): \(other), GET says \(value)", .headDiffers, facts)
        }
        return .pass(.head, "the fields of GET")
    }

    static let revalidation: Rule = { facts, findings in
        if let skip = findings.skip(.revalidation) { return skip }
        let tag = facts.whole.field("ETag")
        if tag == "\"0\"" {
            return .fail(.revalidation, "the ETag is \"0\", as it is for every file", .sameTag, facts)
        }
        if let answer = facts.matching, answer.status != 304 {
            return .fail(
                .revalidation, "If-None-Match with the ETag that GET gave: \(answer.status) instead of 304",
                .conditionIgnored, facts)
        }
        if let answer = facts.unmodified, answer.status != 304 {
            return .fail(
                .revalidation, "If-Modified-Since with GET's Last-Modified: \(answer.status) instead of 304",
                .conditionIgnored, facts)
        }
        guard tag != nil else {
            let other = facts.unmodified == nil ? "and no Last-Modified" : "but a Last-Modified"
            return .warn(.revalidation, "no ETag, \(other)", .noTag, facts)
        }
        return .pass(.revalidation, "304 for what the client has already")
    }

    static let methods: Rule = { facts, findings in
        guard let answer = facts.post else {
            return .skipped(.methods, facts.head == nil ? "not asked" : "--no-post was given")
        }
        if answer.gives(facts.target.file.size) {
            return .warn(.methods, "POST gives the file", .postAllowed, facts)
        }
        if let skip = findings.skip(.methods) { return skip }
        return .pass(.methods, "POST is answered with \(answer.status)")
    }

    static let compression: Rule = { facts, findings in
        if let skip = findings.skip(.compression) { return skip }
        guard let answer = facts.compressed else { return .skipped(.compression, "not asked") }
        let coding = answer.field("Content-Encoding") ?? "identity"
        // A handler that labels the file itself says so to everybody.
        guard coding != "identity", facts.whole.field("Content-Encoding") != coding else {
            return .pass(.compression, "the file is not compressed on its way")
        }
        return .warn(.compression, "who accepts it gets the file with Content-Encoding: \(coding)", .compressed, facts)
    }

    static let clock: Rule = { facts, _ in
        guard let difference = facts.clockDifference else {
            return .skipped(.clock, "the answer has no Date that can be read")
        }
        let seconds = abs(difference)
        let title = "the web server's clock is \(seconds) s \(difference < 0 ? "behind" : "ahead of") this machine's"
        if seconds > 60 { return .fail(.clock, title, .clockOff, facts) }
        if seconds > 5 { return .warn(.clock, title, .clockOff, facts) }
        return .pass(.clock, "within \(max(seconds, 1)) s of this machine's")
    }
}
