/// The arguments of a query, as they were sent.
struct QueryArguments {
    private let pairs: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)]

    init(_ query: [UInt8]) {
        self.pairs = query.split(separator: UInt8(ascii: "&")).map { pair in
            let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            return (pair[..<end], pair[end...].dropFirst())
        }
    }

    /// The value of an argument; `nil` if it is missing. An argument that occurs twice is an error, because programs
    /// differ in which one they use.
    func value(of name: String) throws(LinkFlaw) -> [UInt8]? {
        let found = self.pairs.filter { $0.name.elementsEqual(name.utf8) }
        guard found.count <= 1 else { throw LinkFlaw.malformed("\(name) is there \(found.count) times") }
        return found.first.map { Array($0.value) }
    }
}
