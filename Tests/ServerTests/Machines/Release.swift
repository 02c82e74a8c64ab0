import Glibc
import Testing

/// A release of Debian whose machine the tests can boot.
enum Release: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case bookworm
    case trixie
    case forky

    var testDescription: String {
        switch self {
        case .bookworm: "Debian 12"
        case .trixie: "Debian 13"
        case .forky: "Debian testing"
        }
    }

    /// "Debian 12, Debian 13 and Debian testing".
    static var allNames: String {
        let names = Self.allCases.map(\.testDescription)
        return "\(names.dropLast().joined(separator: ", ")) and \(names.last ?? "")"
    }

    /// The releases that are booted if `MACHINES` is not set.
    static let usual: [Release] = [.bookworm, .trixie]

    /// The releases in `MACHINES`, separated by commas or spaces; empty for none.
    static let chosen: [Release] = {
        guard let names = getenv("MACHINES").map({ String(cString: $0) }) else { return Self.usual }
        return names.split { $0 == "," || $0 == " " }.map { name in
            guard let release = Release(rawValue: String(name)) else {
                preconditionFailure(
                    "MACHINES names \(name), which is not one of \(Release.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            return release
        }
    }()

    /// The release that runs the tests; `nil` for another system.
    static let ofTests: Release? = {
        let lines = (try? Files.text("/etc/os-release"))?.split(separator: "\n") ?? []
        let prefix = "VERSION_CODENAME="
        return lines.first { $0.hasPrefix(prefix) }.flatMap { Release(rawValue: String($0.dropFirst(prefix.count))) }
    }()

    /// The version of its C library: a program runs there if it was built with this one or an older one.
    var libraryVersion: (major: Int, minor: Int) {
        switch self {
        case .bookworm: (2, 36)
        case .trixie: (2, 41)
        case .forky: (2, 43)
        }
    }
}
