import Glibc
import Testing

extension ServerTests {
    /// sendfile-gate and the example site on machines.
    @Suite(.serialized, .onMachines) struct MachineGateTests {
        private static let places = MachineRequirements.releases.flatMap { release in
            GateSite.servers.map { Delivery(server: $0, streams: false, release: release) }
        }

        @Test("A link returns the exact bytes, and an expired or changed link does not", arguments: places)
        func links(_ delivery: Delivery) throws {
            let machine = try Machine.running(try #require(delivery.release))
            // systemd reads the file as root and gives the program a copy; with the other servers, the program reads it
            // as the server's user.
            let owner = delivery.server.startsProgram ? "www-data" : "root"
            try machine.write("\(GateSite.secret)\n", to: MachineProgram.secret, mode: 0o400)
            try machine.run("chown \(owner) \(MachineProgram.secret)")
            try withLogs(of: MachineSite(delivery, .gate)) { site in
                func link(_ arguments: String) throws -> String {
                    let settings = """
                        SENDFILE_ROOT=\(Machine.root) SENDFILE_LINK_FORMAT=hmac \
                        SENDFILE_LINK_SECRET_FILE=\(MachineProgram.secret)
                        """
                    return String(try machine.run("\(settings) sendfile-gate link \(arguments) 2>/dev/null").dropLast())
                }
                let good = try link(Corpus.large.name)
                let answer = try site.client.get(good)
                #expect(answer.status == 200)
                #expect(Bytes(answer.body) == Bytes(Corpus.large.content))
                #expect(answer.field("Content-Disposition") == "attachment; filename=\"large.bin\"")
                #expect(try site.client.get(good + "0").status == 404)
                #expect(try site.client.get(link("plain.txt --expires @1600000000")).status == 410)
                for name in ["100%25.txt", "日本語.txt", "a;b=c.txt", "~"] {
                    let answer = try site.client.get(link("'\(name)'"))
                    #expect(answer.body == Corpus.content(of: FileName(Array(name.utf8))), "\(name)")
                }
            }
        }

        private static let tours = MachineRequirements.releases.flatMap { release in
            [WebServer.lighttpd, .nginx, .apacheFcgid, .apacheProxyFcgi].map {
                Delivery(server: $0, streams: false, release: release)
            }
        }

        @Test("The checks of the example site pass, and its activity knows the complete downloads", arguments: tours)
        func tour(_ delivery: Delivery) throws {
            let machine = try Machine.running(try #require(delivery.release))
            let example = "/opt/example"
            let examples = "\(CodeBlock.package)/Examples"
            let archive = "\(try Workspace.shared.makeDirectory("examples"))/examples.tar"
            let tar = try ChildProcess(
                ["tar", "-C", examples, "-cf", archive, "make-samples", "samples", "tour", "ProtectedDownloads/users"],
                log: "\(archive).log")
            #expect(try tar.waitForEnd() == .exited(0))
            // A common group of the program and the web server, which can read uploads.
            try machine.run(
                """
                getent group reports >/dev/null || groupadd reports
                usermod --append --groups reports www-data
                rm -rf \(example)
                mkdir -p \(example)/files
                tar --no-same-owner -xf - -C \(example)
                cp \(Machine.programs)/ProtectedDownloads \(example)/ProtectedDownloads/
                \(example)/make-samples \(example)/files
                chown -R www-data:reports \(example)/files
                chmod -R g+rwX,o-rwx \(example)/files
                find \(example)/files -type d -exec chmod g+s {} +
                install -d -o www-data -g reports -m 2770 \(example)/state
                a2enmod --quiet headers
                """, input: archive)
            var program = MachineProgram(
                path: "\(example)/ProtectedDownloads/ProtectedDownloads", root: "\(example)/files",
                ready: ("/sign-in", 200))
            program.edits = Self.settings(delivery.server, root: program.root, state: "\(example)/state")
            program.options = ["downloads"]
            try withLogs(of: MachineSite(delivery, program)) { site in
                let margaret = try Self.session(site, "name=margaret&password=to+the+moon")
                #expect(try site.client.get("/files/everyone/House%20rules.pdf", margaret).status == 200)
                let folder = delivery.server.folder == "apache" ? "apache2" : delivery.server.folder
                try machine.run(
                    """
                    cd \(example)/state
                    until [ -s access.jsonl ]; do sleep 0.1; done
                    systemd-run --quiet --collect --unit=arrivals --property=Group=reports --property=UMask=0027 \\
                        --working-directory=$PWD sh -c 'exec sendfile-gate downloads --csv --follow access.jsonl \\
                            /var/log/\(folder)/downloads.jsonl >arrived.csv'
                    """)
                defer { _ = try? machine.run("systemctl stop arrivals") }
                let tour = try machine.attempt(
                    "\(example)/tour http://127.0.0.1:\(site.client.port) \(program.root)", seconds: 300)
                #expect(tour.end == .exited(0), "\(tour.output)")
                var rows: [String] = []
                try Deadline.wait("the end of the downloads is known: \(rows)") {
                    rows = ActivityPage.rows(try site.client.get("/activity", margaret).text)
                    return ["margaret downloaded House rules.pdf", "A guest of ada downloaded measurements.csv"]
                        .allSatisfy { text in
                            rows.contains { $0.hasPrefix(text) && $0.contains(" complete ") }
                        }
                }
                let complete = rows.count { $0.contains(" complete ") }
                print("\(site.title): activity: \(complete) of \(rows.count) actions are complete downloads")
            }
        }

        /// Signs in, and returns the field of the session.
        private static func session(_ site: MachineSite, _ form: String) throws -> [String: String] {
            let answer = try site.client.send(
                "POST", "/sign-in", ["Content-Type": "application/x-www-form-urlencoded"],
                body: .bytes(Array(form.utf8)))
            let cookie = try #require(answer.field("Set-Cookie"))
            return ["Cookie": String(cookie.prefix { $0 != ";" })]
        }

        /// Settings that the example needs in addition to those of every program.
        private static func settings(_ server: WebServer, root: String, state: String) -> [(old: String, new: String)] {
            let values = [
                ("DOWNLOADS_STATE", state), ("FASTCGI_ACCESS_LOG", "\(state)/access.jsonl"),
                ("DOWNLOADS_ARRIVED", "\(state)/arrived.csv"),
            ]
            switch server {
            case .lighttpd:
                let line = "\"SENDFILE_BACKEND\" => \"lighttpd\","
                return [(line, ([line] + values.map { "\"\($0)\" => \"\($1)\"," }).joined(separator: "\n"))]
            case .apacheFcgid:
                let line = "FcgidInitialEnv SENDFILE_BACKEND apache"
                return [(line, ([line] + values.map { "FcgidInitialEnv \($0) \($1)" }).joined(separator: "\n"))]
            default:
                return [
                    ("#SupplementaryGroups=reports", "SupplementaryGroups=reports"),
                    ("#ReadWritePaths=/srv/reports/uploads /srv/reports/generated", "ReadWritePaths=\(root) \(state)"),
                    (
                        "UMask=0077",
                        "UMask=0027\nEnvironment=SENDFILE_ROOT=\(root) "
                            + values.map { "\($0)=\($1)" }.joined(separator: " ")
                    ),
                ]
            }
        }
    }
}
