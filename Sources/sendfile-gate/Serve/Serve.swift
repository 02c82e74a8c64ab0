import ArgumentParser
import FastCGI
import Logging
import Sendfile

/// Serves files at links that expire.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve files at links that expire, over FastCGI.",
        discussion: """
            A web server starts this with a listening socket, or passes requests on to FASTCGI_LISTEN or to systemd's \
            socket. GET and HEAD of a link that is good give the file; of one that has expired, 410; of any other, 404.

            conf/lighttpd/gate.conf, conf/nginx/gate.conf and conf/apache/gate.conf are whole set-ups. By hand:

              SENDFILE_ROOT=/srv/reports FASTCGI_LISTEN=/run/gate.sock \\
              SENDFILE_LINK_SECRET_FILE=/etc/sendfile-gate/secret sendfile-gate serve

            SETTINGS

            Variables of the environment, or lines NAME=value of the file that --config or SENDFILE_CONFIG names, where a \
            line that begins with # is a comment. The environment wins over the file. SENDFILE_ROOT, SENDFILE_BACKEND and \
            SENDFILE_URL may be FastCGI parameters of the web server, too, which win over both. In parentheses is what \
            holds when nothing is set.

            \(Setting.table)

            A file with a secret should be readable by the user that runs this program only. A line of it is a key: \
            id:secret, or a secret alone. To change the secret, put a new line with an id of its own first, and take the \
            old one out when its last link has expired. A secret with a colon in it is written with a colon before it.

            EXIT STATUS

              0   stopped as asked, by SIGTERM, SIGINT or SIGUSR1
              64  wrong usage, or nothing to listen on
              66  a file that was named is not there
              69  the address to listen on cannot be had
              77  a file that was named cannot be read by this user
              78  a setting that cannot be
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
