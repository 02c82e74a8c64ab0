import Testing

/// A row of the table of mistakes: what is wrong in a configuration that worked, and what is to be said about it.
struct BrokenSetup: Sendable, CustomTestStringConvertible {
    let server: WebServer
    let mistake: String
    var edits: [(old: String, new: String)] = []
    /// Another value of `SENDFILE_BACKEND`.
    var backend: String?
    var program = CheckedSite.Program.running
    /// A mode for the directory `reports`.
    var mode: UInt32?
    /// More arguments of the command.
    var arguments: [String] = []
    /// The header field of somebody who may have the file.
    var header = "Cookie: user=alice"
    /// `check/diagnosis` of all that fails.
    var fails: [String] = []
    /// The same of all that warns.
    var warns: [String] = []
    /// What is in the remedy of the first of these; `@ROOT@` is filled in.
    let remedy: String

    var testDescription: String { "\(self.server.rawValue): \(self.mistake)" }

    static let all = Self.nginx + Self.lighttpd + Self.apache + Self.caddy

    var needsRoot: Bool { self.mode != nil || self.program == .closed }
}
