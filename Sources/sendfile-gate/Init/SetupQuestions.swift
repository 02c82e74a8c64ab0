import Glibc
import SystemPackage

/// Asks for missing options on a terminal. Without a terminal, a missing option is an error.
struct SetupQuestions {
    private let isInteractive = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1

    /// - Parameter installed: The web servers of this machine.
    func server(_ installed: [SetupServer]) throws(GateError) -> SetupServer {
        let names = installed.map(\.rawValue).joined(separator: ", ")
        let text = try self.ask("--server (\(names))", "The web server (\(names))", standard: installed.first?.rawValue)
        guard let server = SetupServer(argument: text) else {
            throw GateError(.usage, "the web server is \(text.debugDescription), which is not one of \(names)")
        }
        return server
    }

    func root() throws(GateError) -> String {
        try self.ask("--root", "The directory of the files", standard: "/srv/files")
    }

    func url() throws(GateError) -> String {
        var name = [UInt8](repeating: 0, count: 256)
        let isKnown = name.withUnsafeMutableBytes {
            gethostname($0.baseAddress!.assumingMemoryBound(to: CChar.self), 255) == 0
        }
        let host = isKnown ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : "localhost"
        return try self.ask("--url", "The URL that precedes every link", standard: "http://\(host)/files/")
    }

    /// Asks whether a line may be inserted into a file.
    func allowsEdit(_ path: String, _ line: Int, _ text: String) -> Bool {
        guard self.isInteractive else { return false }
        Self.show("Insert \"\(text)\" into \(path), before line \(line)? [y/N] ")
        return readLine().map { ["y", "yes"].contains($0.lowercased()) } ?? false
    }

    private func ask(_ option: String, _ question: String, standard: String?) throws(GateError) -> String {
        guard self.isInteractive else {
            throw GateError(.usage, "\(option) is missing, and standard input is not a terminal to ask on")
        }
        Self.show("\(question)\(standard.map { " [\($0)]" } ?? ""): ")
        guard let line = readLine(), let answer = line.isEmpty ? standard : line else {
            throw GateError(.usage, "\(option) is missing")
        }
        return answer
    }

    private static func show(_ text: String) { _ = try? FileDescriptor.standardError.writeAll(text.utf8) }
}
