import Testing

/// A row of the table of faults: a change to a working configuration, and the expected findings.
struct BrokenSetup: Sendable, CustomTestStringConvertible {
    let server: WebServer
    let mistake: String
    var edits: [(old: String, new: String)] = []
    /// Another value of `SENDFILE_BACKEND`.
    var backend: String?
    var program = CheckedSite.Program.running
    /// A mode for the directory `reports`.
    var mode: UInt32?
    /// Further arguments of the command.
    var arguments: [String] = []
    /// A header field that gives access to the file.
    var header = "Cookie: user=alice"
    /// `check/diagnosis` of all expected failures.
    var fails: [String] = []
    /// `check/diagnosis` of all expected warnings.
    var warns: [String] = []
    /// A part of the remedy of the first finding; `@ROOT@` is replaced.
    let remedy: String

    var testDescription: String { "\(self.server.rawValue): \(self.mistake)" }

    static let all = Self.nginx + Self.lighttpd + Self.apache + Self.caddy

    var needsRoot: Bool { self.mode != nil || self.program == .closed }
}
