extension Rules {
    /// The web server answers the check's requests at their rate.
    static let limit: Rule = { facts, _ in
        guard let answer = facts.limit else { return .pass(.limit, "no request was refused for its rate") }
        let title = "\(answer.question.label) is answered with \(answer.status), after a pause, too"
        if facts.whole.status == answer.status { return .fail(.limit, title, .rateLimited, facts) }
        return .warn(.limit, "\(title): the rest was not requested", .rateLimited, facts)
    }

    /// Why no request was sent after the first ones.
    static func whyNotRequested(_ facts: Facts) -> String {
        facts.limit == nil
            ? "not requested, because the program does not respond"
            : "not requested, because the web server limits the check's requests"
    }
}
