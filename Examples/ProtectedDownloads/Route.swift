import HTTPTypes

/// What a path of the site stands for.
enum Route {
    case list, signIn, signOut
    case file(team: String, name: [UInt8])

    /// The route of a decoded path, or `nil`.
    init?(path: [UInt8]) {
        let slash = UInt8(ascii: "/")
        let parts = path.split(separator: slash, omittingEmptySubsequences: false).dropFirst().map(Array.init)
        switch (parts.first.map { String(decoding: $0, as: UTF8.self) }, parts.count) {
        case ("", 1): self = .list
        case ("sign-in", 1): self = .signIn
        case ("sign-out", 1): self = .signOut
        case ("files", 3):
            // A team's folder holds files and nothing deeper. A NUL would end the name early in a system call.
            guard !parts[2].isEmpty, !parts[2].contains(0) else { return nil }
            self = .file(team: String(decoding: parts[1], as: UTF8.self), name: parts[2])
        default: return nil
        }
    }

    /// The methods that make sense here.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .list, .file: [.get, .head]
        case .signIn: [.get, .head, .post]
        case .signOut: [.post]
        }
    }
}
