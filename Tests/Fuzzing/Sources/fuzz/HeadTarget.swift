@testable import FastCGI

/// The check of a request: bytes from a connection, in one chunk and in many.
enum HeadTarget {
    private static let limits = RequestHead.Limits(parameterBytes: 4096, parameterCount: 50)

    /// The result of reading the bytes.
    private struct Outcome: Equatable {
        var head: [UInt16] = []
        var parameters: [UInt8] = []
        var facts = ParameterFacts()
        var replies: [[UInt8]] = []
        var violation: RequestHead.Violation?
        var isComplete = false
    }

    static func run(_ input: Input) {
        var input = input
        var seed = UInt(input.byte()) << 8 | UInt(input.byte())
        let bytes = Array(input.rest)
        let whole = Self.assemble(bytes) { bytes.count }
        let pieces = Self.assemble(bytes) {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33 % 24) + 1
        }
        require(whole == pieces, "\(whole) in one portion, \(pieces) in many")

        bytes.withUnsafeBytes { bytes in
            guard let found = RequestHead.whole(in: bytes, limits: Self.limits) else { return }
            require(whole.isComplete && whole.parameters.elementsEqual(found.parameters), "\(whole), but \(found)")
            require(found.bodyLength <= bytes.count, "\(found.bodyLength) bytes of body in \(bytes.count)")
        }
        guard whole.isComplete else { return }
        let parameters = whole.parameters.withUnsafeBytes { Parameters(pairs: $0, facts: whole.facts) }
        let all = parameters.all
        require(all.count == parameters.count && all.count <= Self.limits.parameterCount + 1, "\(all)")
        for (name, value) in all where String(validating: Array(name.utf8), as: UTF8.self) == name {
            // Bytes that are not UTF-8 are replaced in both.
            guard !name.unicodeScalars.contains("\u{FFFD}") else { continue }
            // The lines of a field are joined; of another name, the first is used.
            let lines = all.filter { Array($0.name.utf8) == Array(name.utf8) }.map(\.value)
            let expected =
                name.utf8.starts(with: "HTTP_".utf8)
                ? lines.joined(separator: Array(name.utf8) == Array("HTTP_COOKIE".utf8) ? "; " : ", ") : lines[0]
            require(parameters[name].map { Array($0.utf8) } == Array(expected.utf8), "\(name) is \(value)")
        }
        let request = Request(parameters: parameters)
        _ = (request.method, request.pathBytes, request.path, request.query, request.headerFields, request.scheme)
        _ = (request.cookies.names, request.basicCredentials?.user, request.remoteUser, request.remotePort)
        require(!request.pathBytes.contains(0) || whole.parameters.contains(UInt8(ascii: "%")), "NUL in the path")
    }

    private static func assemble(_ bytes: [UInt8], portion: () -> Int) -> Outcome {
        var assembler = RequestAssembler(limits: Self.limits, values: ManagementValues(connections: 1))
        var inbox = Inbox()
        var outcome = Outcome()
        var rest = bytes[...]
        do {
            while true {
                switch try assembler.step(&inbox) {
                case .reply(let reply): outcome.replies.append(reply)
                case .complete:
                    outcome.isComplete = true
                    outcome.parameters = assembler.parameters
                    outcome.facts = assembler.facts
                    if let head = assembler.head {
                        outcome.head = [head.requestID, head.role, head.keepsConnection ? 1 : 0]
                    }
                    require(assembler.records.count >= 24, "\(assembler.records)")
                    return outcome
                case .incomplete:
                    guard !rest.isEmpty else { return outcome }
                    let count = min(rest.count, portion())
                    Array(rest.prefix(count)).withUnsafeBytes { inbox.append($0[...]) }
                    rest = rest.dropFirst(count)
                }
            }
        } catch {
            outcome.violation = error
            return outcome
        }
    }
}
