import CLinux
import Glibc
import Sendfile
import SystemPackage

/// A program behind a web server that it starts itself: one command to look at it in a browser.
///
/// ```sh
/// SENDFILE_ROOT=$PWD/files swift run downloads --development 8080
/// ```
///
/// A ``FastCGIProgram`` has this command. A program with a `main` of its own, such as a Hummingbird application, calls
/// ``startIfRequested()`` first.
///
/// The web server is lighttpd, nginx, Caddy or Apache, with a generated configuration, by default on 127.0.0.1. It runs as the program's user and
/// sends every file that the program may name: all roots, whatever code and settings say about the delivery. It ends with the
/// program, and the program ends with it.
public enum DevelopmentSite {
    /// The web server of this process.
    private static let running = Locked<(server: WebServerProcess, line: String)?>(nil)

    /// Starts a web server in front of this program, if the program's first argument is `--development`. Otherwise it does nothing.
    ///
    /// Call it before the program creates a `Sendfile` value. The program's standard input becomes the socket on which the web server
    /// calls it, in place of any address that code or `FASTCGI_LISTEN` sets. A running server prints the site's address.
    ///
    /// If the web server ends before the program, the process exits with status 69 and one sentence on standard error. With
    /// `--development --help`, the process prints its options and exits.
    ///
    /// - Throws: A ``ProgramError``: an invalid option, a missing web server, a port in use, or a web server that does not start.
    public static func startIfRequested() throws {
        try self.startIfRequested(by: CommandLine.arguments)
    }

    private static func startIfRequested(by arguments: [String]) throws {
        guard let options = try DevelopmentOptions(arguments.dropFirst()) else { return }
        if options.wantsHelp {
            print(DevelopmentOptions.help(program: arguments[0].split(separator: "/").last.map(String.init) ?? ""))
            exit(0)
        }
        let installed = try InstalledWebServer(options.server, streams: options.streams)
        let address = try DevelopmentAddress(options)
        let (configuration, server) = try Self.start(installed, address, user: options.user)
        DevelopmentDelivery.use(configuration.backend)
        if let warning = address.warning(user: options.user) {
            let line = Array("\(ProgramEnd.prefix(arguments))\(warning)\n".utf8)
            _ = Glibc.write(STDERR_FILENO, line, line.count)
        }
        self.running.withLock { $0 = (server, configuration.announcement(version: installed.version)) }
        // The port is free and the directory gone when the process ends.
        atexit { DevelopmentSite.running.withLock { $0?.server }?.end() }
    }

    /// Whether this process has started a web server.
    static var isRunning: Bool { self.running.withLock { $0 != nil } }

    /// Prints the site's address; called by a server that has begun to accept requests.
    static func announce() {
        guard let line = self.running.withLock({ $0?.line }) else { return }
        _ = try? FileDescriptor.standardOutput.writeAll("\(line)\n".utf8)
    }

    /// Starts a web server in a new directory, and makes standard input the socket on which it calls this program.
    private static func start(
        _ installed: InstalledWebServer, _ address: DevelopmentAddress, user: String?
    ) throws -> (DevelopmentConfiguration, WebServerProcess) {
        let directory = try Self.newDirectory()
        let configuration = DevelopmentConfiguration(
            installed, address: address, directory: directory, remoteUser: user)
        let server = try WebServerProcess(
            installed.server.name, configuration.command, directory: directory,
            omitting: installed.server.isUsualMessage)
        do {
            try Self.write(configuration, to: directory)
            try server.start()
            try server.waitUntilListening(on: address.listening)
            return (configuration, server)
        } catch {
            server.end()
            throw error
        }
    }

    /// Creates the directory that only the web server's user can enter, the socket and the configuration.
    private static func write(_ configuration: DevelopmentConfiguration, to directory: String) throws {
        guard mkdir(directory, 0o700) == 0 else {
            throw DevelopmentError.unavailable(
                "cannot create \(directory) (\(Errno(rawValue: errno))); set TMPDIR to a directory where this user may write"
            )
        }
        let socket = try ListeningSocket.openUnix(configuration.socket, mode: [.ownerReadWrite])
        defer { socket.close() }
        try SystemCallError.check("dup2", dup2(socket.descriptor, STDIN_FILENO))
        _ = linux_fcntl(STDIN_FILENO, F_SETFD, FD_CLOEXEC)
        let file = try FileDescriptor.open(
            configuration.file, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: [.ownerReadWrite])
        try file.closeAfter { _ = try file.writeAll(configuration.text.utf8) }
        if let user = configuration.processUser {
            for path in [directory, configuration.socket] {
                try SystemCallError.check("chown", chown(path, user.id, user.group))
            }
        }
    }

    /// The path of a directory that does not exist yet.
    private static func newDirectory() throws(DevelopmentError) -> String {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        // Short, because Apache refuses long paths of sockets.
        let name = "fastcgi-dev.\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let path = "\(parent.isEmpty ? "/tmp" : parent)/\(name)"
        // The path is part of the web server's configuration, whose syntax gives other characters a meaning.
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.allSatisfy(\.isPlainInPaths) else {
            throw DevelopmentError.usage(
                "TMPDIR is \"\(parent.printable)\", which is not an absolute path of letters, digits, \".\", \"_\" and \"-\"; "
                    + "set it to such a directory, or unset it")
        }
        return path
    }
}
