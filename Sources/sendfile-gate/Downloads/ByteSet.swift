/// The bytes of a file that a client has received: the union of ranges.
struct ByteSet {
    /// Sorted, and neither overlapping nor adjacent.
    private(set) var ranges: [Range<Int64>] = []

    /// The maximum number of ranges, so that no client determines the memory. A range that would be one more is not counted.
    static let maximumCount = 1024

    /// The number of bytes.
    var count: Int64 { self.ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) } }

    /// Creates the union of ranges.
    init(_ ranges: [Range<Int64>] = []) {
        for range in ranges { self.insert(range) }
    }

    /// Adds a range.
    mutating func insert(_ range: Range<Int64>) {
        guard !range.isEmpty else { return }
        // The ranges that touch the new one become one with it.
        var first = 0
        var last = self.ranges.count
        while first < last {
            let middle = (first + last) / 2
            if self.ranges[middle].upperBound < range.lowerBound { first = middle + 1 } else { last = middle }
        }
        var union = range
        var end = first
        while end < self.ranges.count, self.ranges[end].lowerBound <= range.upperBound {
            union =
                min(union.lowerBound, self.ranges[end].lowerBound)..<max(union.upperBound, self.ranges[end].upperBound)
            end += 1
        }
        guard end > first || self.ranges.count < Self.maximumCount else { return }
        self.ranges.replaceSubrange(first..<end, with: [union])
    }

    /// Whether all bytes of a file are contained.
    func covers(_ size: Int64) -> Bool { size == 0 || self.ranges == [0..<size] }
}
