import FastCGI
import Glibc
import Sendfile
import SystemPackage

/// Protected downloads: a small site where users sign in and download their team's files.
///
/// Without arguments it serves requests from a web server over FastCGI. `--development 8080` starts a web server, too.
/// `hash-password` reads a password from standard input and writes the hash for a line of the users file.
@main enum Main {
    static func main() {
        do {
            switch CommandLine.arguments.dropFirst() {
            case []: Downloads.main()
            case let arguments where arguments.first == "--development": Downloads.main()
            case ["hash-password"]: try Self.hashPassword()
            default: throw SetupError("usage: \(CommandLine.arguments[0]) [hash-password | --development PORT]")
            }
        } catch {
            _ = try? FileDescriptor.standardError.writeAll("ProtectedDownloads: \(error)\n".utf8)
            exit(1)
        }
    }

    private static func hashPassword() throws {
        let isTerminal = isatty(STDIN_FILENO) == 1
        if isTerminal { _ = try FileDescriptor.standardError.writeAll("Password: ".utf8) }
        guard let password = isTerminal ? Self.withoutEcho({ readLine() }) : readLine(), !password.isEmpty else {
            throw SetupError("hash-password reads a password from standard input; there was none")
        }
        print(try PasswordHash(of: password))
    }

    /// Disables the terminal's echo while `body` runs.
    private static func withoutEcho<Result>(_ body: () -> Result) -> Result {
        var settings = termios()
        tcgetattr(STDIN_FILENO, &settings)
        var quiet = settings
        quiet.c_lflag &= ~tcflag_t(ECHO)
        quiet.c_lflag |= tcflag_t(ECHONL)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) }
        return body()
    }
}

/// The site, as a FastCGI program.
private enum Downloads: FastCGIProgram {
    static func server() throws -> FastCGIServer {
        let settings = try Settings()
        let site = try Site(settings)
        var configuration = try FastCGIServer.Configuration(environment: .process)
        // The site answers a form that is too large with an error page. This limit stops a form without a length. A
        // large file may take long to arrive.
        configuration.bodyLimit = Int(settings.uploadLimit + Site.formAllowance)
        configuration.handlerTimeout = max(configuration.handlerTimeout, .seconds(3600))
        return FastCGIServer(configuration: configuration) { request in try await site.respond(to: request) }
    }
}
