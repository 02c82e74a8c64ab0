/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    /// Bytes of fragments in random order.
    mutating func bytes(of pieces: [[UInt8]], _ counts: ClosedRange<Int>) -> [UInt8] {
        (0..<Int.random(in: counts, using: &self)).flatMap { _ in pieces.randomElement(using: &self)! }
    }

    /// A valid path of a link: any byte except NUL, and bytes with a special meaning more often than others.
    mutating func path() -> [UInt8] {
        let pieces = [
            "a", "1", "f", ".", "%", "%2f", "?", "#", "&", "=", "+", " ", "é", "e\u{301}", "日", "\r\n", "key=",
        ]
        let all = pieces.map { Array($0.utf8) } + (1...255).filter { $0 != UInt8(ascii: "/") }.map { [$0] }
        return (0...Int.random(in: 0...2, using: &self)).map { _ in
            let component = self.bytes(of: all, 1...6)
            return component.allSatisfy { $0 == UInt8(ascii: ".") } ? component + [UInt8(ascii: "x")] : component
        }.reduce(into: []) { path, component in path += (path.isEmpty ? [] : [UInt8(ascii: "/")]) + component }
    }
}
