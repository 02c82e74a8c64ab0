import FastCGI

/// A response that begins at once and continues when the request's body ends, so that the client can keep the request
/// open.
struct Hold: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    let body: RequestBody

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self.body) }

    struct AsyncIterator: AsyncIteratorProtocol {
        private enum Step { case begin, wait, end }

        let body: RequestBody
        private var step = Step.begin

        init(body: RequestBody) { self.body = body }

        mutating func next() async throws -> [UInt8]? {
            switch self.step {
            case .begin:
                self.step = .wait
                return Array("begun ".utf8)
            case .wait:
                self.step = .end
                var length = 0
                for try await chunk in self.body { length += chunk.count }
                return Array("and ended after \(length) bytes".utf8)
            case .end: return nil
            }
        }
    }
}
