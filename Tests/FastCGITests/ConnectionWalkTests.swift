import Testing

@testable import FastCGI

/// Every sequence of events that can happen to a connection.
///
/// The walk visits each distinct state of ``ConnectionModel`` once and lets every event happen that the parties of the
/// model can cause there. It ends when no event leads to a state that was not seen, so it covers sequences of every
/// length.
@Suite struct ConnectionWalkTests {
    @Test("Every rule holds after every sequence of events", arguments: [true, false])
    func everySequence(isLocal: Bool) throws {
        var walk = Walk(from: ConnectionModel(isLocal: isLocal))
        if let violation = walk.run() {
            Issue.record("\(violation)")
            return
        }
        #expect(walk.longest >= 7)
        #expect(walk.found.count > 10_000)
        #expect(walk.endless.isEmpty, "states from which a connection cannot come to its end")
    }
}

/// A walk over all states of a model, in the order of their distance.
private struct Walk {
    struct Found {
        let model: ConnectionModel
        let from: Int
        let step: ConnectionModel.Step?
        let length: Int
    }

    private(set) var found: [Found]
    private var indices: [ConnectionModel: Int]
    private var edges: [(from: Int32, to: Int32)] = []

    init(from start: ConnectionModel) {
        self.found = [Found(model: start, from: -1, step: nil, length: 0)]
        self.indices = [start: 0]
    }

    /// The number of events that lead to the state that is farthest away.
    var longest: Int { self.found.last?.length ?? 0 }

    /// Visits all states. Returns the first rule that does not hold, and the events that lead there.
    mutating func run() -> String? {
        var position = 0
        while position < self.found.count {
            let model = self.found[position].model
            var steps = model.steps
            while let step = steps.popLast() {
                var next = model
                do {
                    let isWatchedAnew = try next.take(step)
                    if isWatchedAnew, ConnectionModel.canBeUnwatchable(step) { steps.append(.unwatchable(step)) }
                } catch {
                    return "\(error), after:\n\(self.path(to: position, then: step))"
                }
                self.visit(next, from: position, by: step)
            }
            position += 1
        }
        return nil
    }

    private mutating func visit(_ model: ConnectionModel, from position: Int, by step: ConnectionModel.Step) {
        let index = self.indices[model] ?? self.found.count
        if index == self.found.count {
            self.indices[model] = index
            self.found.append(
                Found(model: model, from: position, step: step, length: self.found[position].length + 1))
        }
        self.edges.append((Int32(position), Int32(index)))
    }

    private func path(to position: Int, then step: ConnectionModel.Step) -> String {
        var steps = ["\(step)"]
        var position = position
        while position >= 0 {
            if let step = self.found[position].step { steps.append("\(step)") }
            position = self.found[position].from
        }
        return steps.reversed().joined(separator: "\n")
    }

    /// The states from which no sequence of events leads to a closed connection.
    var endless: [Int] {
        var ends = self.found.map(\.model.isClosed)
        var isChanged = true
        while isChanged {
            isChanged = false
            for edge in self.edges.reversed() where ends[Int(edge.to)] && !ends[Int(edge.from)] {
                ends[Int(edge.from)] = true
                isChanged = true
            }
        }
        return ends.indices.filter { !ends[$0] }
    }
}
