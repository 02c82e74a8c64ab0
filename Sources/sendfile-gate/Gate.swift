import ArgumentParser
import FastCGI
import Logging
import SystemPackage

/// Not `Gate` itself, because an asynchronous `main` makes libdispatch start threads.
@main enum Main {
    static func main() { ProgramStart.run { await Gate.main() } }
}

/// The program, with one subcommand for each task.
struct Gate: AsyncParsableCommand {
    static let version = "1.0.0"

    static let configuration = CommandConfiguration(
        commandName: "sendfile-gate", abstract: "Protected downloads through expiring links.",
        discussion: """
            Your site, in any language, issues links. The web server passes them to this program, which verifies them \
            and lets the web server send the files.

              sendfile-gate init       sets up the gate behind nginx, lighttpd or Apache
              sendfile-gate serve      answers the web server's requests, over FastCGI
              sendfile-gate link       prints a link
              sendfile-gate check      diagnoses a setup
              sendfile-gate downloads  lists downloads, and whether they are complete
              sendfile-gate grants     lists grants that were used, and revokes them
              sendfile-gate status     shows the numbers of a running gate

            A first link:

              sendfile-gate init --server nginx --root /srv/reports \\
                --url https://example.org/files/

            sendfile-gate help serve lists the settings.
            """,
        version: Self.version,
        subcommands: [Init.self, Serve.self, Link.self, Check.self, Downloads.self, Grants.self, Status.self])

    /// Runs a subcommand. An error becomes one line on standard error and an exit status of sysexits.h.
    static func run(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ExitCode {
            throw error
        } catch {
            let error = GateError(error)
            Self.complain("\(error)")
            ServiceManager.process.reportFailure("\(error)")
            throw ExitCode(error.status.rawValue)
        }
    }

    /// Writes a line to standard error.
    static func complain(_ message: String) {
        _ = try? FileDescriptor.standardError.writeAll("\(Journal.prefix(.error))sendfile-gate: \(message)\n".utf8)
    }
}
