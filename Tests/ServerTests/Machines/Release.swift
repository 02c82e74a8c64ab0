import Glibc
import Testing

/// A release of Debian of which the tests boot a machine.
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

    /// Those that articles are about, tested if `MACHINES` says nothing.
    static let documented: [Release] = [.bookworm, .trixie]

    /// Those that `MACHINES` names, separated by commas or spaces; empty for none.
    static let chosen: [Release] = {
        guard let names = getenv("MACHINES").map({ String(cString: $0) }) else { return Self.documented }
        return names.split { $0 == "," || $0 == " " }.map { name in
            guard let release = Release(rawValue: String(name)) else {
                preconditionFailure(
                    "MACHINES names \(name), which is not one of \(Release.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            return release
        }
    }()

    /// The version of its C library: a program runs there if it was built with this one or an older one.
    var libraryVersion: (major: Int, minor: Int) {
        switch self {
        case .bookworm: (2, 36)
        case .trixie: (2, 41)
        case .forky: (2, 42)
        }
    }
}
