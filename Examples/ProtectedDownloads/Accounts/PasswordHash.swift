import Crypto
import _CryptoExtras

/// A stored password: scrypt (RFC 7914) with its cost and salt, `scrypt$32768$8$1$salt$key`.
///
/// The default cost takes 32 MiB and about a tenth of a second. Checking and hashing block their thread for that time;
/// ``PasswordChecker`` keeps this away from requests.
struct PasswordHash: Sendable, CustomStringConvertible {
    private let rounds: Int
    private let blockSize: Int
    private let parallelism: Int
    private var salt: [UInt8]
    private var key: [UInt8]

    /// A hash that matches no password. Checking it for an unknown user costs the same as checking a real one.
    static let unmatchable = PasswordHash(
        rounds: 1 << 15, blockSize: 8, parallelism: 1, salt: Self.random(16), key: Self.random(32))

    private init(rounds: Int, blockSize: Int, parallelism: Int, salt: [UInt8], key: [UInt8]) {
        self.rounds = rounds
        self.blockSize = blockSize
        self.parallelism = parallelism
        self.salt = salt
        self.key = key
    }

    /// Hashes a password, which must not be empty.
    init(of password: String) throws {
        self = Self.unmatchable
        self.salt = Self.random(16)
        self.key = try self.derive(from: password).withUnsafeBytes { [UInt8]($0) }
    }

    /// Parses a hash; `nil` if the text is not a hash or requires more than 256 MiB.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "scrypt",
            let rounds = Int(parts[1]), (2...1 << 24).contains(rounds), rounds & (rounds - 1) == 0,
            let blockSize = Int(parts[2]), (1...64).contains(blockSize),
            let parallelism = Int(parts[3]), (1...16).contains(parallelism),
            128 * rounds * blockSize * parallelism <= 256 << 20,
            let salt = Hexadecimal.decode(parts[4].utf8), !salt.isEmpty,
            let key = Hexadecimal.decode(parts[5].utf8), key.count >= 16
        else { return nil }
        self.init(rounds: rounds, blockSize: blockSize, parallelism: parallelism, salt: salt, key: key)
    }

    var description: String {
        let cost = "\(self.rounds)$\(self.blockSize)$\(self.parallelism)"
        return "scrypt$\(cost)$\(Hexadecimal.encode(self.salt))$\(Hexadecimal.encode(self.key))"
    }

    /// Whether this is the hash of `password`. Keys are compared in constant time.
    func matches(_ password: String) throws -> Bool {
        // The key derivation does not accept an empty password, and no user has one. Spend the same time as for other
        // passwords.
        if password.isEmpty { return try Self.unmatchable.matches("-") && false }
        return try self.derive(from: password) == SymmetricKey(data: self.key)
    }

    private func derive(from password: String) throws -> SymmetricKey {
        try KDF.Scrypt.deriveKey(
            from: [UInt8](password.utf8), salt: self.salt, outputByteCount: self.key.count, rounds: self.rounds,
            blockSize: self.blockSize, parallelism: self.parallelism)
    }

    private static func random(_ count: Int) -> [UInt8] {
        // The system's random number generator is cryptographically secure.
        (0..<count).map { _ in UInt8.random(in: 0...255) }
    }
}
