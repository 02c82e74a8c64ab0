import FastCGI

/// A stream without a length that begins, and then either fails or waits for an hour.
struct Unfinished: AsyncSequence, Sendable {
    struct Broken: Error {}

    let fails: Bool

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(fails: self.fails) }

    struct AsyncIterator: AsyncIteratorProtocol {
        let fails: Bool
        private var hasBegun = false

        init(fails: Bool) { self.fails = fails }

        mutating func next() async throws -> [UInt8]? {
            guard self.hasBegun else {
                self.hasBegun = true
                return [UInt8](repeating: UInt8(ascii: "x"), count: 300_000)
            }
            if self.fails { throw Broken() }
            try await Task.sleep(for: .seconds(3600))
            return nil
        }
    }
}
