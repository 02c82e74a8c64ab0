import Crypto
import Glibc
import SystemPackage

/// Stores a number for each of many keys, in a file of fixed size that all processes of the site share.
///
/// A missing key has the number 0. A keyed hash selects the slot of a key, so that a client cannot target the slot of
/// another client's key. If a slot is full, the smallest number in it is overwritten.
struct SharedTable: Sendable {
    /// The number of slots, and the number of keys per slot.
    private static let places = 1 << 14
    private static let ways = 4
    private static let entrySize = 16

    private struct Entry {
        var fingerprint: UInt64
        var number: Int64
    }

    private let path: FilePath
    private let key: SymmetricKey

    /// Opens the table in a file, which is created at the first use.
    init(path: FilePath, key: SymmetricKey) {
        self.path = path
        self.key = key
    }

    /// Reads the numbers of some keys and stores the numbers that `body` replaces them with. Other callers wait,
    /// including those of other processes. If `body` throws, nothing is changed.
    func update<Result>(_ keys: [String], _ body: (inout [Int64]) throws -> Result) throws -> Result {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(
                self.path, .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
        } catch let error as Errno {
            throw SetupError("\(self.path): \(error)")
        }
        return try file.closeAfter {
            // Closing the file releases the lock.
            while flock(file.rawValue, LOCK_EX) != 0 {
                guard errno == EINTR else { throw SetupError("\(self.path): \(Errno(rawValue: errno))") }
            }
            let hashes = keys.map(self.hash)
            var numbers = try hashes.map { try self.number(of: $0, in: file) }
            let old = numbers
            let result = try body(&numbers)
            for (index, hash) in hashes.enumerated() where numbers[index] != old[index] {
                try self.set(numbers[index], of: hash, in: file)
            }
            return result
        }
    }

    private func number(of hash: (place: Int64, fingerprint: UInt64), in file: FileDescriptor) throws -> Int64 {
        try self.entries(hash.place, in: file).first { $0.fingerprint == hash.fingerprint }?.number ?? 0
    }

    private func set(_ number: Int64, of hash: (place: Int64, fingerprint: UInt64), in file: FileDescriptor) throws {
        let entries = try self.entries(hash.place, in: file)
        let way =
            entries.firstIndex { $0.fingerprint == hash.fingerprint }
            ?? entries.indices.min { entries[$0].number < entries[$1].number }!
        var entry = Entry(fingerprint: hash.fingerprint, number: number)
        do {
            _ = try withUnsafeBytes(of: &entry) { bytes in
                try file.writeAll(toAbsoluteOffset: hash.place + Int64(way * Self.entrySize), bytes)
            }
        } catch let error as Errno {
            throw SetupError("\(self.path): \(error)")
        }
    }

    private func entries(_ place: Int64, in file: FileDescriptor) throws -> [Entry] {
        // The part beyond the end of the file has not been used yet.
        var entries = [Entry](repeating: Entry(fingerprint: 0, number: 0), count: Self.ways)
        do {
            _ = try entries.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: place, into: $0) }
        } catch let error as Errno {
            throw SetupError("\(self.path): \(error)")
        }
        return entries
    }

    private func hash(_ key: String) -> (place: Int64, fingerprint: UInt64) {
        let code = HMAC<SHA256>.authenticationCode(for: [UInt8]("table:\(key)".utf8), using: self.key)
        let words = code.withUnsafeBytes { ($0.load(as: UInt64.self), $0.load(fromByteOffset: 8, as: UInt64.self)) }
        let place = Int64(words.0 % UInt64(Self.places)) * Int64(Self.ways * Self.entrySize)
        return (place, words.1)
    }
}
