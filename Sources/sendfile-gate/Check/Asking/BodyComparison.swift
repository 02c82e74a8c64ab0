import Glibc
import SystemPackage

/// Compares a body with a file while the body arrives. Only the first 16 KiB of the body are kept in memory.
struct BodyComparison: Sendable {
    private let file: FileDescriptor
    private let offset: Int
    private(set) var length = 0
    private(set) var beginning: [UInt8] = []
    private(set) var difference: Int?

    /// - Parameters:
    ///   - file: An open file, owned by the caller.
    ///   - offset: The position in the file at which the body is expected to begin, in bytes.
    init(with file: FileDescriptor, from offset: Int) {
        self.file = file
        self.offset = offset
    }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws {
        let kept = 16_384 - self.beginning.count
        if kept > 0 { self.beginning += bytes.prefix(kept) }
        if self.difference == nil { self.difference = try self.firstDifference(bytes) }
        self.length += bytes.count
    }

    private func firstDifference(_ bytes: ArraySlice<UInt8>) throws -> Int? {
        var rest = bytes
        var position = self.length
        var buffer = [UInt8](repeating: 0, count: min(bytes.count, 65_536))
        while !rest.isEmpty {
            let wanted = min(rest.count, buffer.count)
            let count = try buffer.withUnsafeMutableBytes { buffer in
                try self.file.read(
                    fromAbsoluteOffset: Int64(self.offset + position), into: .init(rebasing: buffer[..<wanted]))
            }
            // The body is longer than the file.
            guard count > 0 else { return position }
            if !rest.withUnsafeBytes({ memcmp($0.baseAddress!, buffer, count) == 0 }) {
                return position + zip(rest, buffer).prefix(count).prefix { $0 == $1 }.count
            }
            rest = rest.dropFirst(count)
            position += count
        }
        return nil
    }
}
