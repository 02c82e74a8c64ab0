import ArgumentParser
import FastCGI
import Sendfile
import SendfileJSON
import SystemPackage

/// Asks a running gate for its numbers.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the numbers of a running gate.",
        discussion: """
            Asks a running gate over its socket, as a web server does: downloads, bytes, refusals by reason, limits that were hit, the \
            ledger of grants and the versions. SENDFILE_STATUS_PATH need not be set, and no web server is involved.

              sendfile-gate status
              sendfile-gate status --socket /run/lighttpd/gate.sock-0 --json
              sendfile-gate status --prometheus >/var/lib/node_exporter/sendfile-gate.prom

            The socket is that of --socket, or FASTCGI_LISTEN in the environment or with --config, or \(GatePaths.socket), the one of \
            systemd's unit. A gate that lighttpd starts has the socket of lighttpd's configuration with "-0" at its end, and one of \
            Apache's mod_fcgid a socket in /var/lib/apache2/fcgid/sock. This user needs permission to connect: root has it, and as a rule \
            the user of the web server. If systemd holds the socket and no gate runs, one is started.

            The numbers are those of one process since its start. If the web server starts several processes, each has its own socket \
            and its own numbers.

            EXIT STATUS

              0   the gate has answered
              64  invalid usage
              69  the socket does not exist, no gate listens, or it does not answer within 5 seconds
              74  writing to standard output failed
              77  this user must not connect
              78  invalid setting
            """)

    @Option(
        help: ArgumentHelp(
            "The gate's socket: a path, host:port or [::1]:port.", discussion: "Overrides FASTCGI_LISTEN.",
            valueName: "address"))
    var socket: String?

    @Flag(help: "Write the numbers as JSON.")
    var json = false

    @Flag(help: "Write the numbers in the text format of Prometheus.")
    var prometheus = false

    @OptionGroup var source: SettingsOption

    /// The parameter by which a peer of the socket asks for the numbers, whatever the path is. A client cannot send it.
    static let parameter = "SENDFILE_GATE_STATUS"

    func run() async throws {
        try await Gate.run {
            guard !self.json || !self.prometheus else {
                throw GateError(.usage, "--json and --prometheus exclude each other")
            }
            let body = try Self.ask(try self.address(), format: self.prometheus ? "prometheus" : "json")
            guard !self.prometheus else { return try Self.print(body) }
            guard let numbers = JSONText(body[...]) else {
                throw GateError(
                    .unavailable, "the answer is not the JSON of a gate; name the socket of a gate with --socket")
            }
            try Self.print(self.json ? body : Array(StatusText(numbers).text.utf8))
        }
    }

    private func address() throws(GateError) -> ListenAddress {
        if let text = self.socket {
            guard let address = ListenAddress(text) else {
                throw GateError(.usage, "--socket is \(text.debugDescription), which is not a path or host:port")
            }
            return address
        }
        let source = try SettingsSource.process(file: self.source.file)
        guard let text = source["FASTCGI_LISTEN"] else { return .unix(path: GatePaths.socket) }
        guard let address = ListenAddress(text) else {
            throw GateSettings.wrong("FASTCGI_LISTEN", text, "a path or host:port").located(in: source.places)
        }
        return address
    }

    /// The gate's numbers.
    private static func ask(_ address: ListenAddress, format: String) throws(GateError) -> [UInt8] {
        let answer: ServerQuestion.Answer
        do throws(ServerQuestion.Failure) {
            answer = try ServerQuestion(address).ask([
                ("GATEWAY_INTERFACE", "CGI/1.1"), ("SERVER_PROTOCOL", "HTTP/1.1"), ("REQUEST_METHOD", "GET"),
                ("REQUEST_URI", "/?format=\(format)"), (Self.parameter, "1"),
            ])
        } catch {
            throw GateError(
                error.isForbidden ? .noPermission : .unavailable,
                "\(error); name the socket of a running gate with --socket".printable)
        }
        guard answer.status == 200 else {
            throw GateError(
                .unavailable,
                "the program at \(address) answers with \(answer.status): it is another program, or an older gate"
                    .printable)
        }
        return answer.body
    }

    private static func print(_ bytes: [UInt8]) throws(GateError) {
        do { try FileDescriptor.standardOutput.writeAll(bytes) } catch {
            throw GateError(.output, "the numbers cannot be written to standard output: \(error)")
        }
    }
}
