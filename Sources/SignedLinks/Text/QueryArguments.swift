/// The arguments of a query, as they were sent.
package struct QueryArguments {
    private let pairs: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>, whole: ArraySlice<UInt8>)]

    package init(_ query: [UInt8]) {
        self.pairs = query.split(separator: UInt8(ascii: "&")).map { pair in
            let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            return (pair[..<end], pair[end...].dropFirst(), pair)
        }
    }

    /// The value of an argument; `nil` if it is missing. An argument that occurs twice is an error, because programs
    /// differ in which one they use.
    package func value(of name: String) throws(LinkFlaw) -> [UInt8]? {
        let found = self.pairs.filter { $0.name.elementsEqual(name.utf8) }
        guard found.count <= 1 else { throw LinkFlaw.malformed("\(name) is there \(found.count) times") }
        return found.first.map { Array($0.value) }
    }

    /// The query without the arguments of some names.
    package func without(_ names: [String]) -> [UInt8] {
        let rest = self.pairs.filter { pair in !names.contains { pair.name.elementsEqual($0.utf8) } }
        return Array(rest.map(\.whole).joined(separator: [UInt8(ascii: "&")]))
    }
}
