import SignedLinks

/// Values that were signed for a client, and changed ones.
enum ValuesTarget {
    private static let now = LinkTime(secondsSince1970: 1_780_000_000)
    private static let signers = [
        try? SignedValues(purpose: "session", keys: [LinkKey(secret: "not for the fuzzer to know")]),
        try? SignedValues(
            purpose: "session",
            keys: [
                LinkKey(id: "new.1", secret: "not for the fuzzer to know"), LinkKey(id: "", secret: "nor this one"),
            ]),
    ].compactMap(\.self)

    static func run(_ input: Input) {
        var input = input
        let signers = Self.signers
        require(signers.count == 2, "no signers")
        let (position, change) = (Int(input.byte()), input.byte())
        let (context, value) = (input.text(), input.text())
        let text = input.restText
        for signer in signers {
            // No input has a correct signature.
            require(signer.verify(text, at: Self.now, boundTo: context) == nil, text)
            require(signer.verify("\(value).1790000000.\(text)", at: Self.now, boundTo: context) == nil, text)
            let signed = signer.sign(value, expires: Self.now + .seconds(60), boundTo: context)
            require(
                signed.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & ~0x20) || "-_.~".utf8.contains($0)
                }, signed)
            let read = signer.verify(signed, at: Self.now, boundTo: context)
            require(read.map { Array($0.utf8) } == Array(value.utf8), "\(signed) is \(read ?? "nothing")")
            require(
                signer.verify(signed, at: Self.now + .seconds(61), boundTo: context) == nil, "\(signed) does not expire"
            )
            require(signer.verify(signed, at: Self.now, boundTo: context + "x") == nil, "\(signed) has another context")
            // The beginning of the value does not become the end of the context.
            if let first = value.unicodeScalars.first {
                let rest = String(value.unicodeScalars.dropFirst())
                var parts = signed.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
                parts[0] = signer.sign(rest, expires: Self.now).prefix { $0 != "." }.description
                let moved = parts.joined(separator: ".")
                require(signer.verify(moved, at: Self.now, boundTo: "\(context)\(first)") == nil, moved)
            }
            var changed = Array(signed.utf8)
            changed[position % changed.count] ^= change
            let other = String(decoding: changed, as: UTF8.self)
            if change != 0 {
                require(signer.verify(other, at: Self.now, boundTo: context) == nil, "\(other) of \(signed)")
            }
        }
        // Another set of keys, and the other signer's values.
        let foreign = signers[1].sign(value, expires: Self.now + .seconds(60), boundTo: context)
        require(signers[0].verify(foreign, at: Self.now, boundTo: context) == nil, foreign)
    }
}
