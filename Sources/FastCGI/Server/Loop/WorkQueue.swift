/// A first-in, first-out queue.
struct WorkQueue<Element: Sendable>: Sendable {
    private var incoming: [Element] = []
    private var outgoing: [Element] = []

    mutating func append(_ element: Element) { self.incoming.append(element) }

    mutating func popFirst() -> Element? {
        if self.outgoing.isEmpty {
            self.outgoing = self.incoming.reversed()
            self.incoming.removeAll(keepingCapacity: true)
        }
        return self.outgoing.popLast()
    }
}
