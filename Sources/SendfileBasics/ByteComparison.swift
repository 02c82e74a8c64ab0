/// Comparison of secrets.
package enum ByteComparison {
    /// Compares in a time that depends only on the lengths, which are not secret.
    package static func areEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        guard first.count == second.count else { return false }
        var difference: UInt8 = 0
        for index in first.indices { difference |= first[index] ^ second[index] }
        return difference == 0
    }
}
