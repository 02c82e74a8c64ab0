/// The work that compiling a regular expression needs, found before it is compiled.
///
/// The GNU C library copies what an operator repeats: `a+` becomes `aa*`, and `a{3}` becomes `aaa`. Repetitions of
/// repetitions multiply, so a short pattern may need all memory: `a++++++++++++++++++++++++++++++++++++++` does. A loop
/// around a part that may be empty, such as `(a*)*`, may double the time.
struct PatternSize {
    /// The most characters, classes and operators that copying may add: the time grows with the cube of their number.
    private static let mostCopies = 1000
    /// The most loops around parts that may be empty, with their copies.
    private static let mostEmptyLoops = 10

    private struct Part {
        var size = 0
        var emptyLoops = 0
        var mayBeEmpty = true

        static func + (left: Part, right: Part) -> Part {
            Part(
                size: PatternSize.sum(left.size, right.size),
                emptyLoops: PatternSize.sum(left.emptyLoops, right.emptyLoops),
                mayBeEmpty: left.mayBeEmpty && right.mayBeEmpty)
        }
    }

    private struct Group {
        /// The alternative without its last part, and that part, which an operator may repeat.
        var before = Part()
        var last = Part()
        var hasEmptyAlternative = false

        var whole: Part {
            var whole = self.before + self.last
            if self.hasEmptyAlternative { whole.mayBeEmpty = true }
            return whole
        }

        mutating func add(_ part: Part) {
            self.before = self.before + self.last
            self.last = part
        }

        mutating func beginAlternative() {
            let whole = self.whole
            self.hasEmptyAlternative = whole.mayBeEmpty
            self.before = Part(size: whole.size, emptyLoops: whole.emptyLoops)
            self.last = Part(size: 1)
        }

        mutating func repeatLast(copies: Int, isLoop: Bool, isOptional: Bool) {
            self.last.size = PatternSize.product(self.last.size, copies)
            self.last.emptyLoops = PatternSize.product(self.last.emptyLoops, copies)
            if isLoop, self.last.mayBeEmpty { self.last.emptyLoops = PatternSize.sum(self.last.emptyLoops, copies) }
            if isOptional { self.last.mayBeEmpty = true }
        }
    }

    /// Whether compiling the pattern may need much time or memory.
    static func isLarge(_ pattern: String) -> Bool {
        // The group itself and the open groups around it, the innermost at the end.
        var groups = [Group()]
        var rest = Array(pattern.utf8)[...]
        while let byte = rest.popFirst() {
            let inner = groups.count - 1
            switch byte {
            case UInt8(ascii: "\\"):
                let isPosition = rest.popFirst().map { "bB<>`'".utf8.contains($0) } ?? true
                groups[inner].add(Part(size: 1, mayBeEmpty: isPosition))
            case UInt8(ascii: "["):
                groups[inner].add(Part(size: 1, mayBeEmpty: false))
                Self.skipClass(&rest)
            case UInt8(ascii: "("): groups.append(Group())
            case UInt8(ascii: ")") where inner > 0:
                let group = groups.removeLast()
                groups[inner - 1].add(group.whole)
            case UInt8(ascii: "|"): groups[inner].beginAlternative()
            case UInt8(ascii: "+"): groups[inner].repeatLast(copies: 2, isLoop: true, isOptional: false)
            case UInt8(ascii: "*"): groups[inner].repeatLast(copies: 1, isLoop: true, isOptional: true)
            case UInt8(ascii: "?"): groups[inner].repeatLast(copies: 1, isLoop: false, isOptional: true)
            case UInt8(ascii: "{"):
                let bound = Self.bound(&rest)
                groups[inner].repeatLast(copies: bound.copies, isLoop: bound.isLoop, isOptional: bound.isOptional)
            case UInt8(ascii: "^"), UInt8(ascii: "$"): groups[inner].add(Part(size: 1))
            default: groups[inner].add(Part(size: 1, mayBeEmpty: false))
            }
        }
        let whole = groups.reduce(Part()) { $0 + $1.whole }
        return whole.size > Self.mostCopies + pattern.utf8.count || whole.emptyLoops > Self.mostEmptyLoops
    }

    /// Drops the rest of a bound such as `{2,20}`. A bound without an upper limit ends with a copy that is a loop.
    private static func bound(_ rest: inout ArraySlice<UInt8>) -> (copies: Int, isLoop: Bool, isOptional: Bool) {
        let bounds = rest.prefix { $0 == UInt8(ascii: ",") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest.dropFirst(bounds.count)
        if rest.first == UInt8(ascii: "}") { rest.removeFirst() }
        let numbers = bounds.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
            $0.isEmpty ? 0 : Int(String(decoding: $0, as: UTF8.self)) ?? .max
        }
        let isLoop = bounds.last == UInt8(ascii: ",")
        return (max(1, Self.sum(numbers.max() ?? 1, isLoop ? 1 : 0)), isLoop, numbers.first == 0)
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

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflows) = left.addingReportingOverflow(right)
        return overflows ? .max : sum
    }

    private static func product(_ left: Int, _ right: Int) -> Int {
        let (product, overflows) = left.multipliedReportingOverflow(by: right)
        return overflows ? .max : product
    }
}
