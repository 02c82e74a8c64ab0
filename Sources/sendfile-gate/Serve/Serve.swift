import ArgumentParser
import FastCGI
import Logging
import Sendfile
import SignedLinks

/// Serves files through expiring links.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve files through expiring links, over FastCGI.",
        discussion: """
            A web server starts this program with a listening socket, or passes requests to FASTCGI_LISTEN or to systemd's \
            socket. GET and HEAD of a valid link return the file, of an expired link 410, and of any other URL 404.

            conf/lighttpd/gate.conf, conf/nginx/gate.conf and conf/apache/gate.conf are complete configurations. To start \
            the program by hand:

              SENDFILE_ROOT=/srv/reports FASTCGI_LISTEN=/run/gate.sock \\
              SENDFILE_LINK_SECRET_FILE=/etc/sendfile-gate/secret sendfile-gate serve

            A bucket takes the place of a directory: SENDFILE_ROOT=s3://bucket/prefix, or swift://container/prefix for OpenStack \
            Swift (TempURL), with OBJECT_ENDPOINT and OBJECT_CREDENTIALS_FILE. OBJECT_DELIVERY says which program sends the bytes.

            SETTINGS

            Settings are environment variables, or lines NAME=value of the file named by --config or SENDFILE_CONFIG; a \
            line that begins with # is a comment. The environment overrides the file. SENDFILE_ROOT, SENDFILE_BACKEND and \
            SENDFILE_URL may also be FastCGI parameters of the web server, which override both. Defaults are in \
            parentheses.

            \(Setting.table)

            Only the user that runs this program should be able to read a file that contains a secret. Each line is a \
            key: id:secret, or a secret alone. Empty lines and lines that begin with # are ignored. To change the secret, \
            insert a new line with its own id at the top, and remove the old line when its last link has expired. After \
            each change send SIGHUP, or restart the program. SIGHUP also makes it read the files of SENDFILE_CLOUDFRONT_KEYS, and \
            the keys in the settings file. Put a colon before a secret that contains a colon; spaces \
            and quotes are part of a secret.

            With --check-settings, the program only checks the settings: it prints each one with its value and its source, \
            opens the root, or reads the credentials of a bucket, reads the secrets, and does not print them, and looks whether the socket can be created. It neither \
            listens nor creates a file. The exit status is 0, or that of the start with the same message.

            UNDER SYSTEMD

            In a unit with Type=notify, the program reports when it accepts requests, when it reads the secrets again after \
            SIGHUP, and when it stops; with WatchdogSec= it reports that its workers take events. In the journal, each line \
            has its priority.

            EXIT STATUS

              0   stopped by SIGTERM, SIGINT or SIGUSR1, or the settings are valid
              64  invalid usage, or no socket to listen on
              65  the ledger of grants is damaged
              66  a file does not exist
              69  the address to listen on, or the ledger of grants, is unavailable
              77  this user cannot read a file
              78  invalid setting
            """)

    @OptionGroup var source: SettingsOption

    @Flag(
        help: ArgumentHelp(
            "Check and print the settings, without listening.",
            discussion: "Opens the root and reads the secrets like a start. Run it as the user that runs the gate."))
    var checkSettings = false

    func run() async throws {
        try await Gate.run {
            let settings = try self.source.settings { _ in }
            var configuration = try settings.locating {
                try FastCGIServer.Configuration(environment: settings.reader)
            }
            // A link that is bound to GET is invalid for HEAD.
            configuration.repeatsHeadAsGet = false
            let format = configuration.logFormat
            LoggingSystem.bootstrap { FastCGILogHandler(label: $0, format: format) }
            let logger = Logger(label: "sendfile-gate")
            // The format of their lines is a setting, too.
            for warning in settings.warnings { logger.warning("\(warning)") }
            let (links, refusals) = (Locked(settings.accepted), RefusalLog(logger))
            let sendfile = try settings.locating { try Sendfile(environment: settings.reader, logger: logger) }
            let streaming = try settings.locating {
                // What it says about the root, the other one has said.
                var quiet = logger
                quiet.logLevel = max(.warning, logger.logLevel)
                return try Sendfile(
                    configuration: SendfileConfiguration(backend: .stream), environment: settings.reader, logger: quiet)
            }
            let store = try settings.locating { try settings.store.map { try GateStore($0, logger: logger) } }
            if self.checkSettings {
                try settings.locating { try configuration.accessLog?.check() }
                let socket = try ListeningCheck.look(configuration)
                self.look(at: settings, logger)
                let ledger = try await Self.check(settings)
                return try SettingsReport(settings, socket: socket, store: store?.report, ledger: ledger).print()
            }
            let ledger = try settings.locating { try settings.ledger?.open(isCreated: true) }
            if let failure = await settings.ledger?.failure() { logger.error("\(failure)") }
            let handler = LinkHandler(
                settings: settings, links: links, sendfile: sendfile, streaming: streaming, store: store,
                ledger: ledger, refusals: refusals)
            let server = FastCGIServer(configuration: configuration, logger: logger) {
                try await handler.respond(to: $0)
            }
            self.look(at: settings, logger)
            try Hangup.onEach {
                ServiceManager.process.reload { Self.readAgain(settings, into: links, logger) }
            }
            try await server.runService()
            refusals.finish()
            logger.info("stopped")
        }
    }

    /// Looks at the ledger.
    private static func check(_ settings: GateSettings) async throws(GateError) -> String? {
        do throws(GateError) {
            return try await settings.ledger?.check()
        } catch {
            throw error.located(in: settings.source.places)
        }
    }

    /// Warns of a root that is probably a mistake.
    private func look(at settings: GateSettings, _ logger: Logger) {
        switch settings.root {
        case nil where settings.store != nil: break
        case nil:
            logger.notice(
                "SENDFILE_ROOT is not set: files are found only if the web server passes it as a FastCGI parameter")
        case let root? where root.allSatisfy({ $0 == "/" }):
            logger.warning(
                "SENDFILE_ROOT is \"/\": a link can lead to every file that this program may read; name the directory of the downloads"
            )
        default: break
        }
    }

    /// Reads all files with keys again after SIGHUP. A file that is unreadable or invalid leaves its previous keys in use.
    ///
    /// - Returns: The result, one line.
    private static func readAgain(
        _ settings: GateSettings, into links: Locked<AcceptedLinks>, _ logger: Logger
    ) -> String {
        let previous = links.withLock { $0 }
        let files = previous.keys.paths
        guard !files.isEmpty else {
            let result = "SIGHUP is ignored: the settings name no file with secrets to read again; restart the program"
            logger.notice("\(result)")
            return result
        }
        let (new, failures) = settings.readKeysAgain(previous)
        for warning in new.keys.warnings { logger.warning("\(warning)") }
        links.withLock { $0 = new }
        guard failures.isEmpty else {
            let results = failures.map { "SIGHUP: the previous secrets stay in use: \($0)" }
            for result in results { logger.error("\(result)") }
            if failures.count < files.count { logger.notice("SIGHUP: the secrets in the other files were read again") }
            return results.joined(separator: "; ")
        }
        logger.notice("SIGHUP: the secrets were read again")
        return "accepting requests; SIGHUP: the secrets were read again"
    }
}
