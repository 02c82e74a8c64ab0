import CLinux
import Dispatch
import Glibc
import Logging
public import Sendfile

/// A program that only runs a server.
///
/// ```swift
/// @main struct Downloads: FastCGIProgram {
///     static func server() throws -> FastCGIServer {
///         let sendfile = try Sendfile(root: "/srv/reports")
///         return FastCGIServer { request in
///             try sendfile(request, "q3.pdf", attachment: .attachment(named: "Q3 report.pdf"))
///         }
///     }
/// }
/// ```
///
/// An error of ``server()``, or one that prevents the server from running, is printed as one sentence on standard
/// error, after the program's name (`downloads: SENDFILE_ROOT is …`). The process then exits with the status of the
/// ``ProgramError``, or 70 for any other error. The statuses are those of sysexits.h: 64 without a socket to listen on,
/// 69 for an unavailable address, 70 for an error of the program, 71 for an error of the system, 78 for an invalid
/// setting. Configure a service manager not to restart the program after 64 and 78 (`RestartPreventExitStatus=64 78`).
///
/// For development, `downloads --development 8080` puts a web server in front of the program: see ``DevelopmentSite``.
///
/// A program with other tasks has its own `main` and calls ``FastCGIServer/runService()`` or
/// ``FastCGIServer/run(isolation:)`` there.
public protocol FastCGIProgram: SendableMetatype {
    /// Creates the server, which then runs until a signal stops it.
    ///
    /// Prepare everything that the first request needs here.
    static func server() async throws -> FastCGIServer
}

extension FastCGIProgram {
    /// Runs the server and then exits; called through `@main`.
    ///
    /// It is not asynchronous, because an asynchronous `main` makes libdispatch start threads that this program does
    /// not need. The main actor, and tasks outside of a handler's, start their threads when they first need one.
    public static func main() { ProgramStart.runServer { try await self.server().runService() } }
}

/// The start of a program whose `main` is not asynchronous.
package enum ProgramStart {
    /// Starts the program's web server for development if the arguments ask for one, runs a server on a separate thread, and then exits: with
    /// status 0, or because of an error.
    package static func runServer(_ body: @escaping @Sendable () async throws -> Void) -> Never {
        do { try DevelopmentSite.startIfRequested() } catch { ProgramEnd.exit(because: error) }
        Self.run {
            do { try await body() } catch {
                let isUnused = (error as? ListeningSocketError)?.code == .noSocket
                ProgramEnd.exit(because: error, isUnused ? " \(DevelopmentOptions.hint)" : "")
            }
        }
    }

    /// Runs the asynchronous part of a program on a separate thread, and then exits with status 0.
    package static func run(_ body: @escaping @Sendable () async -> Void) -> Never {
        // Changes the environment, which is safe only while no other thread reads it.
        _ = ServiceManager.process
        do {
            try ProgramThread.start {
                await body()
                exit(0)
            }
        } catch {
            ProgramEnd.exit(because: error)
        }
        // libdispatch runs the main actor's jobs and needs the main thread.
        if linux_is_main_thread() != 0 { dispatchMain() }
        while true { pause() }
    }
}

/// An error with an exit status.
///
/// Its description is printed for the user of the program, as one sentence: the setting, its value, and the remedy.
public protocol ProgramError: Error {
    /// The exit status, as in sysexits.h.
    var exitStatus: Int32 { get }
}

/// The exit of a program because of an error.
enum ProgramEnd {
    private static let softwareError: Int32 = 70

    /// Writes one line to standard error, which begins with the program's name, and exits.
    ///
    /// - Parameter remedy: A further sentence, after a space.
    static func exit(because error: any Error, _ remedy: String = "") -> Never {
        // The error's description may contain line ends.
        let sentence = "\("\(error)".printable)\(remedy)"
        let line = Array("\(Journal.prefix(.critical))\(Self.prefix(CommandLine.arguments))\(sentence)\n".utf8)
        LogOutput.standardError.add(line)
        ServiceManager.process.reportFailure(sentence)
        Glibc.exit((error as? any ProgramError)?.exitStatus ?? Self.softwareError)
    }

    /// The last component of the program's name followed by a colon; empty if the name is unknown.
    static func prefix(_ arguments: [String]) -> String {
        guard let name = arguments.first?.split(separator: "/").last else { return "" }
        return "\(String(name).printable): "
    }
}

extension SendfileError: ProgramError {
    /// 78 (configuration), or 71 (operating system) if files cannot be opened.
    public var exitStatus: Int32 { self.code == .fileSystem ? 71 : 78 }
}

extension SystemCallError: ProgramError {
    /// 71 (operating system).
    public var exitStatus: Int32 { 71 }
}

extension FastCGIServer.ConfigurationError: ProgramError {
    /// 78 (configuration).
    public var exitStatus: Int32 { 78 }
}
