import CLinux
import Dispatch
import Glibc
public import Sendfile

/// A program that serves requests and does nothing else.
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
/// What ``server()`` throws, and what keeps the server from running, is one sentence on standard error, behind the program's name
/// (`downloads: SENDFILE_ROOT is …`), and the end of the process with the status of the ``ProgramError``; 70 for any other error.
/// The statuses are those of sysexits.h: 64 without a socket to listen on, 69 for an address that cannot be had, 70 for an error
/// inside the program, 71 for one of the system's, 78 for a setting. A service manager that starts the program again and again can
/// be told to leave it at 64 and 78 (`RestartPreventExitStatus=64 78`).
///
/// A program that does more than that has a `main` of its own and calls ``FastCGIServer/runService()`` or
/// ``FastCGIServer/run()`` there.
public protocol FastCGIProgram: SendableMetatype {
    /// Makes the server, which then runs until a signal ends it.
    ///
    /// Whatever has to be ready before the first request is made here.
    static func server() async throws -> FastCGIServer
}

extension FastCGIProgram {
    /// Runs the server, and ends the process afterwards: what `@main` calls.
    ///
    /// Not asynchronous, because an asynchronous `main` makes libdispatch start threads, which this program has no use for. The main
    /// actor, and tasks outside of a handler's, get theirs when they first need one.
    public static func main() {
        ProgramStart.run {
            do { try await self.server().runService() } catch { ProgramEnd.exit(because: error) }
        }
    }
}

/// How a program begins whose `main` is not asynchronous.
package enum ProgramStart {
    /// Runs a program's asynchronous part on a thread of its own, and ends the process with status 0 afterwards.
    package static func run(_ body: @escaping @Sendable () async -> Void) -> Never {
        do {
            try ProgramThread.start {
                await body()
                exit(0)
            }
        } catch {
            ProgramEnd.exit(because: error)
        }
        // The main actor's jobs are run by libdispatch, which wants the main thread for itself.
        if linux_is_main_thread() != 0 { dispatchMain() }
        while true { pause() }
    }
}

/// An error for which a program ends with a status of its own.
///
/// Its description is what the user of the program reads, as one sentence: which setting it is, its value, what to do.
public protocol ProgramError: Error {
    /// The exit status, as in sysexits.h.
    var exitStatus: Int32 { get }
}

/// How a program ends that cannot go on.
enum ProgramEnd {
    private static let softwareError: Int32 = 70

    /// Writes one line to standard error, which begins with the program's name, and ends the process.
    static func exit(because error: any Error) -> Never {
        // What an error says may hold line ends.
        let line = Array("\(Self.prefix(CommandLine.arguments))\("\(error)".printable)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        Glibc.exit((error as? any ProgramError)?.exitStatus ?? Self.softwareError)
    }

    /// The last component of what the program was called by, and a colon; nothing if nobody said.
    static func prefix(_ arguments: [String]) -> String {
        guard let name = arguments.first?.split(separator: "/").last else { return "" }
        return "\(String(name).printable): "
    }
}

extension SendfileError: ProgramError {
    /// 78 (configuration), or 71 (operating system) where files cannot be opened.
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
