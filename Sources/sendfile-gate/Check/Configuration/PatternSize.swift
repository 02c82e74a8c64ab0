/// The memory that a regular expression needs, before it is compiled.
///
/// The GNU C library copies what an operator repeats: `a+` becomes `aa*`, and `a{3}` becomes `aaa`. Repetitions of
/// repetitions multiply, so a short pattern may need all memory: `a++++++++++++++++++++++++++++++++++++++` does.
struct PatternSize {
    /// The most characters, classes and operators that copying may add. With these, compiling takes seconds at worst; its time grows with
    /// the cube of their number.
    private static let mostCopies = 1000

    /// The size of each open group without its last part, and of that part, which an operator may repeat.
    private var groups: [(before: Int, last: Int)] = [(0, 0)]

    static func isLarge(_ pattern: String) -> Bool {
        var size = PatternSize()
        var rest = Array(pattern.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\\"):
                _ = rest.popFirst()
                size.add(1)
            case UInt8(ascii: "["):
                size.add(1)
                Self.skipClass(&rest)
            case UInt8(ascii: "("):
                size.groups.append((0, 0))
            case UInt8(ascii: ")") where size.groups.count > 1:
                let group = size.groups.removeLast()
                size.add(Self.sum(group.before, group.last))
            case UInt8(ascii: "+"):
                size.copy(2)
            case UInt8(ascii: "{"):
                size.copy(Self.bound(&rest))
            case UInt8(ascii: "*"), UInt8(ascii: "?"):
                break
            default:
                size.add(1)
            }
        }
        let copied = size.groups.reduce(0) { Self.sum(Self.sum($0, $1.before), $1.last) }
        return copied > Self.mostCopies + pattern.utf8.count
    }

    private mutating func add(_ size: Int) {
        let group = self.groups.removeLast()
        self.groups.append((Self.sum(group.before, group.last), size))
    }

    private mutating func copy(_ count: Int) {
        let group = self.groups.removeLast()
        let (size, overflows) = max(group.last, 1).multipliedReportingOverflow(by: max(count, 1))
        self.groups.append((group.before, overflows ? .max : size))
    }

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflows) = left.addingReportingOverflow(right)
        return overflows ? .max : sum
    }

    /// Drops the rest of a bound such as `{2,20}`. Returns how many copies it makes; a bound without an upper limit ends with a copy that may
    /// repeat.
    private static func bound(_ rest: inout ArraySlice<UInt8>) -> Int {
        let bounds = rest.prefix { $0 == UInt8(ascii: ",") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest.dropFirst(bounds.count)
        if rest.first == UInt8(ascii: "}") { rest.removeFirst() }
        let numbers = bounds.split(separator: UInt8(ascii: ",")).map {
            Int(String(decoding: $0, as: UTF8.self)) ?? .max
        }
        return Self.sum(numbers.max() ?? 1, bounds.last == UInt8(ascii: ",") ? 1 : 0)
    }

    /// A class ends at the first `]` that is not its first character; `[:`, `[.` and `[=` begin a name within it.
    private static func skipClass(_ rest: inout ArraySlice<UInt8>) {
        if rest.first == UInt8(ascii: "^") { rest.removeFirst() }
        if rest.first == UInt8(ascii: "]") { rest.removeFirst() }
        while let byte = rest.popFirst(), byte != UInt8(ascii: "]") {
            guard byte == UInt8(ascii: "["), let kind = rest.first, ".:=".utf8.contains(kind) else { continue }
            rest.removeFirst()
            while let byte = rest.popFirst(), byte != kind || rest.first != UInt8(ascii: "]") {}
            rest = rest.dropFirst()
        }
    }
}
