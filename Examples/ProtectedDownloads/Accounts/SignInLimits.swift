import Crypto
import Glibc
import SystemPackage

/// Bounds how many passwords are tried, because checking one takes much time and memory on purpose.
///
/// Each client address and each name has a number of attempts in advance and gets back one after another. An attempt that was
/// right costs nothing. A browser that was signed in before has attempts of its own for that name: a stranger who
/// uses up those of a name, or of an address that many share, does not lock its owner out.
///
/// The counts are in a file, so they hold for all processes together and outlive a restart.
struct SignInLimits: Sendable {
    /// The client has no attempt left for now.
    struct TooMany: Error {
        /// When there is one again, in seconds from now.
        let seconds: Int64
    }

    /// The origin of an attempt. Each has attempts of its own.
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

        /// The attempts that can be made at once.
        var burst: Int64 {
            switch self {
            case .address: 20
            case .name, .browser: 10
            }
        }

        /// The seconds after which there is another one.
        var interval: Int64 {
            switch self {
            case .address: 15
            case .name, .browser: 30
            }
        }
    }

    /// For each source the time at which all its attempts are there again, in seconds since 1970 (the generic cell rate
    /// algorithm).
    private let table: SharedTable

    init(stateDirectory: FilePath, key: SymmetricKey) {
        self.table = SharedTable(path: stateDirectory.appending("attempts"), key: key)
    }

    /// Takes an attempt from each of the sources, or from none.
    ///
    /// - Throws: ``TooMany``.
    func take(_ sources: [Source], now: Int64 = Int64(time(nil))) throws {
        let wait = try self.table.update(sources.map(\.key)) { times in
            var wait: Int64 = 0
            for (index, source) in sources.enumerated() {
                // A clock that was set back locks no client out for longer than the attempts in advance are worth.
                times[index] = min(max(times[index], now), now + source.burst * source.interval)
                wait = max(wait, times[index] - now - (source.burst - 1) * source.interval)
            }
            if wait == 0 { for (index, source) in sources.enumerated() { times[index] += source.interval } }
            return wait
        }
        if wait > 0 { throw TooMany(seconds: wait) }
    }

    /// Gives back an attempt that was taken.
    func giveBack(_ sources: [Source]) throws {
        try self.table.update(sources.map(\.key)) { times in
            for (index, source) in sources.enumerated() { times[index] = max(0, times[index] - source.interval) }
        }
    }
}

/// The part of an address that stands for one client.
enum ClientAddress {
    /// The address; of an IPv6 address the first 64 bits, because a client has all that begin with them. `nil` if it is none, as
    /// of a client on a Unix socket.
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
