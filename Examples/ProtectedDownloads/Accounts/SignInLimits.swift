import Crypto
import Glibc
import SystemPackage

/// Limits the number of password attempts, because checking a password deliberately takes much time and memory.
///
/// Each client address and each name has a number of attempts that are replenished one by one. A successful attempt
/// costs nothing. A browser that has signed in before has its own attempts for that name, so a stranger who uses up the
/// attempts of a name, or of an address that many users share, does not lock out the owner.
///
/// The counters are in a file, so they apply to all processes together and survive a restart.
struct SignInLimits: Sendable {
    /// The client has no attempts left at the moment.
    struct TooMany: Error {
        /// The time until the next attempt, in seconds.
        let seconds: Int64
    }

    /// The origin of an attempt. Each has its own attempts.
    enum Source: Sendable {
        case address(String)
        case name(String)
        /// A browser that has signed in under the name before.
        case browser(String)

        fileprivate var key: String {
            switch self {
            case .address(let address): "address:\(address)"
            case .name(let name): "name:\(name)"
            case .browser(let id): "browser:\(id)"
            }
        }

        /// The number of attempts that can be made in succession.
        var burst: Int64 {
            switch self {
            case .address: 20
            case .name, .browser: 10
            }
        }

        /// The time to replenish one attempt, in seconds.
        var interval: Int64 {
            switch self {
            case .address: 15
            case .name, .browser: 30
            }
        }
    }

    /// The time at which all attempts of a source are replenished, in seconds since 1970 (the generic cell rate
    /// algorithm).
    private let table: SharedTable
    /// Returns the time in seconds since 1970.
    private let clock: @Sendable () -> Int64

    init(stateDirectory: FilePath, key: SymmetricKey, clock: @escaping @Sendable () -> Int64) {
        self.clock = clock
        self.table = SharedTable(path: stateDirectory.appending("attempts"), key: key)
    }

    /// Takes an attempt from each of the sources, or from none.
    ///
    /// - Throws: ``TooMany``.
    func take(_ sources: [Source], now: Int64? = nil) throws {
        let now = now ?? self.clock()
        let wait = try self.table.update(sources.map(\.key)) { times in
            var wait: Int64 = 0
            for (index, source) in sources.enumerated() {
                // After the clock was set back, a client must not wait longer than its burst is worth.
                times[index] = min(max(times[index], now), now + source.burst * source.interval)
                wait = max(wait, times[index] - now - (source.burst - 1) * source.interval)
            }
            if wait == 0 { for (index, source) in sources.enumerated() { times[index] += source.interval } }
            return wait
        }
        if wait > 0 { throw TooMany(seconds: wait) }
    }

    /// Returns an attempt that was taken.
    func giveBack(_ sources: [Source]) throws {
        try self.table.update(sources.map(\.key)) { times in
            for (index, source) in sources.enumerated() { times[index] = max(0, times[index] - source.interval) }
        }
    }
}

/// The part of an address that identifies one client.
enum ClientAddress {
    /// Returns an IPv4 address, or the first 64 bits of an IPv6 address, because a client usually owns all addresses
    /// with these bits. `nil` if the text is not an address, such as for a client on a Unix socket.
    static func group(_ address: String) -> String? {
        var four = in_addr()
        if inet_pton(AF_INET, address, &four) == 1 { return address }
        var six = in6_addr()
        guard inet_pton(AF_INET6, address, &six) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: six) { [UInt8]($0) }
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        if bytes.starts(with: mapped) { return bytes[12...].map { "\($0)" }.joined(separator: ".") }
        return Hexadecimal.encode(bytes[..<8])
    }
}
