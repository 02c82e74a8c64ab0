extension LinkVerdict {
    /// The verdict about a request with several tokens, of which one has to be valid: the one that says most.
    ///
    /// - Parameter verdicts: Made one by one, until one is valid.
    package static func best(of verdicts: some Sequence<LinkVerdict>) -> LinkVerdict {
        var best: LinkVerdict?
        for verdict in verdicts {
            if verdict.weight > best?.weight ?? -1 { best = verdict }
            if case .valid = verdict { break }
        }
        return best ?? .invalid(.missingSignature)
    }

    /// How much a verdict says about a request: the highest number is that of a valid token.
    private var weight: Int {
        switch self {
        case .valid: 4
        case .expired: 3
        // A cookie for another path does not matter.
        case .invalid(let flaw): flaw.code == .otherPath ? 1 : flaw.isOfGrant ? 2 : 0
        }
    }
}
