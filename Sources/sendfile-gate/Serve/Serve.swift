import ArgumentParser
import FastCGI
import Logging
import Sendfile

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

            SETTINGS

            Settings are environment variables, or lines NAME=value of the file named by --config or SENDFILE_CONFIG; a \
            line that begins with # is a comment. The environment overrides the file. SENDFILE_ROOT, SENDFILE_BACKEND and \
            SENDFILE_URL may also be FastCGI parameters of the web server, which override both. Defaults are in \
            parentheses.

            \(Setting.table)

            Only the user that runs this program should be able to read a file that contains a secret. Each line is a \
            key: id:secret, or a secret alone. To change the secret, insert a new line with its own id at the top, and \
            remove the old line when its last link has expired. Put a colon before a secret that contains a colon.

            EXIT STATUS

              0   stopped by SIGTERM, SIGINT or SIGUSR1
              64  invalid usage, or no socket to listen on
              66  a file does not exist
              69  the address to listen on is unavailable
              77  this user cannot read a file
              78  invalid setting
            """)

    @OptionGroup var source: SettingsOption

    func run() async throws {
        try await Gate.run {
            LoggingSystem.bootstrap(FastCGILogHandler.init)
            let logger = Logger(label: "sendfile-gate")
            let settings = try self.source.settings { logger.warning("\($0)") }
            let handler = LinkHandler(
                settings: settings, sendfile: try Sendfile(environment: settings.reader, logger: logger), logger: logger
            )
            let configuration = try FastCGIServer.Configuration(environment: settings.reader)
            let server = FastCGIServer(configuration: configuration, logger: logger) { try handler.respond(to: $0) }
            try await server.runService()
        }
    }
}
