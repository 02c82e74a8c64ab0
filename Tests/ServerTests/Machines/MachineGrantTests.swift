import Glibc
import SignedLinks
import Testing

extension ServerTests {
    /// Grants, links of CDNs, films, rates, numbers and downloads at gates behind the web servers of each release, which share one ledger.
    @Suite(.serialized, .onMachines) struct MachineGrantTests {
        @Test(
            "The gates behind all web servers of a release do with grants what is documented",
            arguments: MachineRequirements.releases)
        func gates(_ release: Release) throws {
            let gates = try MachineGates(release)
            defer { #expect(throws: Never.self) { try gates.remove() } }
            let cdn = try CDNTargets()
            for site in gates.sites {
                try withLogs(of: site) { site in
                    try cdn.check(site)
                    try Self.film(gates, site)
                    try Self.downloads(gates, site)
                    try Self.numbers(gates, site)
                }
            }
            try Self.rate(gates)
            try Self.ledger(gates)
            try Self.hang(gates)
        }

        /// Links that botocore and Akamai's library have signed.
        private struct CDNTargets {
            private let urls: [String]
            private let tokens: [String]
            private static let file = "/team/report.txt"

            init() throws {
                self.urls = try CDNSigner.targets(
                    CDNSigner.pairs.flatMap { pair in
                        [
                            try CDNSigner.canned(Self.file, pair: pair),
                            try CDNSigner.custom(
                                Self.file, resource: "/team/*", pair: pair, from: -60, address: "127.0.0.0/8"),
                        ]
                    })
                self.tokens = try CDNSigner.make([
                    CDNSigner.akamai("acl", "/team/*"), CDNSigner.akamai("url", Self.file),
                ])
            }

            func check(_ site: MachineSite) throws {
                let (url, cookie) = (self.urls, self.urls.map { ["Cookie": CDNSigner.cookies($0)] })
                let requests =
                    url.map { ($0, [:]) } + cookie.map { (Self.file, $0) }
                    + self.tokens.flatMap { token in
                        [("\(Self.file)?hdnts=\(token)", [:]), (Self.file, ["Cookie": "hdnts=\(token)"])]
                    }
                for (target, fields) in requests {
                    let answer = try site.client.get(target, fields)
                    #expect(answer.status == 200 && answer.text == "content of team/report.txt", "\(target) \(fields)")
                    let other = target.replacing("team/report", with: "plain")
                    #expect(try site.client.get(other, fields).status == 404, "\(other) \(fields)")
                }
            }
        }

        /// A film by a token in the path and by a cookie, until the grant ends or is revoked.
        private static func film(_ gates: MachineGates, _ site: MachineSite) throws {
            let folder = "/films/7%20%C3%BC"
            let id = "film-\(site.delivery.server.folder)"
            func link(_ place: GrantPlace, seconds: Int = 600) throws -> String {
                var grant = Grant("\(Film.folder)/*", expires: .now + .seconds(seconds))
                grant.id = id
                return try GrantSite.grants.link(grant, to: Film.playlist, in: place)
            }
            /// The folder and the fields of a player's requests.
            func requests(_ place: GrantPlace, _ link: String) throws -> (folder: String, fields: [String: String]) {
                guard place == .exchange else { return (String(link.dropLast("/index.m3u8".count)), [:]) }
                let answer = try site.client.get(link)
                #expect(answer.status == 303 && answer.field("Location") == "\(folder)/index.m3u8")
                let cookie = try #require(answer.field("Set-Cookie"))
                return (folder, ["Cookie": String(cookie.prefix { $0 != ";" })])
            }
            let places: [GrantPlace] = [.path, .exchange]
            var names: [Substring] = []
            var ending: [(folder: String, fields: [String: String])] = []
            for place in places {
                let play = try link(place)
                let (frames, messages) = try Film.play(
                    "http://127.0.0.1:\(site.client.port)\(play)", client: gates.machine.client)
                #expect(frames == Film.segments * 10, "\(messages)")
                let (folder, fields) = try requests(place, play)
                let playlist = try site.client.get("\(folder)/index.m3u8", fields)
                names = playlist.text.split(separator: "\n").filter { !$0.hasPrefix("#") } + ["index.m3u8"]
                #expect(names.count == Film.segments + 1)
                for name in names {
                    let answer = try site.client.get("\(folder)/\(name)", fields)
                    let file = "\(try Workspace.shared.root)/\(Film.folder)/\(name)"
                    #expect(answer.status == 200 && answer.body.count == Files.size(file), "\(name)")
                }
                ending.append(try requests(place, link(place, seconds: 2)))
            }
            for (folder, fields) in ending {
                try Deadline.wait("the grant ends") {
                    try site.client.get("\(folder)/\(names[0])", fields).status == 410
                }
                for name in names { #expect(try site.client.get("\(folder)/\(name)", fields).status == 410) }
            }
            let token = try requests(.path, link(.path))
            let cookie = try requests(.exchange, link(.exchange))
            // Four times as fast as a viewer: the whole film takes five seconds.
            let (frames, messages) = try Film.play(
                "http://127.0.0.1:\(site.client.port)\(token.folder)/index.m3u8", client: gates.machine.client,
                options: ["-readrate", "4"]
            ) { progress in
                try Deadline.wait("frames arrive") {
                    ((try? Files.text(progress)) ?? "").contains(/frame=[1-9]/)
                }
                try gates.grants("revoke \(id)")
            }
            #expect(frames > 0 && frames < Film.segments * 10, "\(messages)")
            #expect(messages.contains("410"), "\(messages)")
            for (folder, fields) in [token, cookie] {
                for name in names { #expect(try site.client.get("\(folder)/\(name)", fields).status == 410) }
            }
            print("\(site.title): film 2 × \(names.count) files, lost after \(frames) of \(Film.segments * 10) frames")
        }

        /// A download in ranges, and one in eight parts at the same time, each with a grant for one use.
        private static func downloads(_ gates: MachineGates, _ site: MachineSite) throws {
            let size = MachineGates.big.size
            let directory = try Workspace.shared.makeDirectory("aria2c")
            func id(_ client: String) -> String { "\(client)-\(site.delivery.server.folder)" }
            func url(_ client: String) throws -> String {
                let token = try GrantSite.token(MachineGates.big.name) { ($0.id, $0.uses) = (id(client), 1) }
                return "http://127.0.0.1:\(site.client.port)/\(MachineGates.big.name)?grant=\(token)"
            }
            let curl = ["curl", "-sS", "-f", "-o", "\(directory)/c"]
            for (name, program) in [
                ("whole", curl), ("ranges", curl + ["-r", "0-\(size / 2 - 1)"]),
                ("ranges", curl + ["-r", "\(size / 2)-\(size / 4 * 3 - 1)"]),
                ("ranges", curl + ["-r", "\(size / 4 * 3)-"]), ("half", curl + ["-r", "0-\(size / 2 - 1)"]),
                ("aria2c", ["aria2c", "-x8", "-s8", "-k1M", "--no-conf", "-d", directory, "-o", "a"]),
            ] {
                let client = try ChildProcess(gates.machine.client + program + [url(name)], log: "\(directory)/log")
                let end = try client.waitForEnd()
                let output = try Files.text("\(directory)/log")
                #expect(end == .exited(0), "\(name): \(output)")
            }
            #expect(Files.size("\(directory)/a") == size)
            var found: [String: [JSON]] = [:]
            let names = ["whole", "ranges", "half", "aria2c"]
            try Deadline.wait("the logs have the end of each download") {
                let output = try gates.machine.run(
                    "sendfile-gate downloads --json \(gates.logs(site).joined(separator: " "))")
                found = Dictionary(
                    grouping: try output.split(separator: "\n").map { try JSON(Array($0.utf8)) },
                    by: { $0["grant"]?.text ?? "" })
                return names.allSatisfy { found[id($0)]?.contains { $0["complete"] != .null } == true }
            }
            for name in names {
                let rows = found[id(name)] ?? []
                #expect(rows.count == 1, "\(name): \(rows)")
                #expect(rows.first?["complete"] == .flag(name != "half"), "\(rows)")
                #expect(rows.first?.count("received") == (name == "half" ? size / 2 : size), "\(rows)")
                // A line for each use.
                let uses = try gates.grants("show --json \(id(name))").split(separator: "\n")
                #expect(uses.count == 1, "\(uses)")
            }
            let counts = names.map { "\($0) \(found[id($0)]?.first?.count("requests") ?? 0)" }
            #expect(found[id("ranges")]?.first?.count("requests") == 3)
            #expect(try #require(found[id("aria2c")]?.first?.count("requests")) > 1)
            print("\(site.title): downloads, requests of each: \(counts.joined(separator: ", "))")
        }

        /// The command, and the page for browsers.
        private static func numbers(_ gates: MachineGates, _ site: MachineSite) throws {
            let numbers = try gates.sockets(site).map { socket in
                try JSON(Array(gates.machine.run("sendfile-gate status --json --socket \(socket)").utf8).dropLast())
            }
            func sum(_ group: String, _ name: String) -> Int {
                numbers.reduce(0) { $0 + ($1[group]?.count(name) ?? 0) }
            }
            // The downloads of CloudFront's and Akamai's links, of the film, and of the large file.
            #expect(sum("downloads", "count") >= 12 + 4 * Film.segments)
            #expect(sum("refusals", "revoked") >= 2 * Film.segments)
            #expect(sum("refusals", "expired") >= 2 * Film.segments)
            #expect(numbers.contains { $0["details"]?["ledger_state"] == .text("the last call was answered") })
            #expect(numbers.allSatisfy { $0["details"]?.count("ledger_failures") == 0 })
            let text = try gates.machine.run("sendfile-gate status --socket \(gates.sockets(site)[0])")
            #expect(text.contains("\nRefusals by reason\n") && text.contains("ledger state"), "\(text)")

            let page = try site.client.get("/-/status", ["Accept": "text/html"])
            #expect(page.status == 200 && page.field("Content-Type")?.hasPrefix("text/html") == true)
            #expect(page.field("Content-Security-Policy")?.hasPrefix("default-src 'none'; ") == true)
            #expect(!page.text.contains("<script") && page.text.contains("color-scheme: light dark"))
            let server = page.text.firstMatch(of: /Web server<\/th><td>([^<]*)</)?.output.1 ?? ""
            #expect(server.hasPrefix("\(site.delivery.server.software)/"), "\(page.text)")
            let other = try gates.machine.run(
                "curl -s --interface 127.0.0.2 -o /dev/null -w '%{http_code}' http://127.0.0.1:\(site.client.port)/-/status"
            )
            #expect(other == "403")
            print(
                "\(site.title): status of \(server): \(sum("downloads", "count")) downloads, \(sum("refusals", "revoked")) revoked, "
                    + "\(sum("refusals", "expired")) expired, \(sum("details", "ledger_answers")) answers of the ledger"
            )
        }

        /// A slower machine takes longer, and none is faster than the rate.
        private static func rate(_ gates: MachineGates) throws {
            let token = try GrantSite.token("films/*") { $0.bytesPerSecond = 200_000 }
            let requests = gates.sites.map { site in
                """
                curl -s -o /dev/null -w '\(site.delivery.server.folder) %{size_download} %{time_total}\\n' \
                    'http://127.0.0.1:\(site.client.port)/\(MachineGates.rated.name)?grant=\(token)' &
                """
            }
            let lines = try gates.machine.run(requests.joined(separator: "\n") + "\nwait").split(separator: "\n")
            #expect(lines.count == gates.sites.count)
            for line in lines {
                let parts = line.split(separator: " ")
                #expect(parts[1] == "\(MachineGates.rated.size)" && Double(parts[2]) ?? 0 > 0.9, "\(line)")
            }
            print(
                "\(gates.machine.release.testDescription): 400,000 bytes at 200,000 a second: \(lines.joined(separator: ", "))"
            )
        }

        /// A program that hangs does not occupy its process for FcgidBusyTimeout, which is a day: FcgidIOTimeout ends the request and the program.
        private static func hang(_ gates: MachineGates) throws {
            let site = try #require(gates.sites.first { $0.delivery.server == .apacheFcgid })
            let token = try GrantSite.token("plain.txt")
            let url = "http://127.0.0.1:\(site.client.port)/plain.txt?grant=\(token)"
            let output = try gates.machine.run(
                """
                grep -q 'FcgidBusyTimeout 86400' \(site.configuration)
                sed -i 's/FcgidBusyTimeout 86400/&\\nFcgidIOTimeout 2/' \(site.configuration)
                systemctl restart apache2
                ask() { curl -s -m 60 -o /dev/null -w "$1 %{http_code} %{time_total}\\n" '\(url)' || true; }
                until ask ready | grep -q 'ready 200'; do sleep 0.1; done
                hung=
                for process in /proc/[0-9]*; do
                    parent=$(cut -d ' ' -f 4 "$process/stat" 2>/dev/null) || continue
                    [ "$(readlink "$process/exe")" = \(site.program.path) ] || continue
                    [ "$(cat "/proc/$parent/comm")" = apache2 ] || continue
                    kill -STOP "${process#/proc/}"
                    hung="$hung ${process#/proc/}"
                done
                ask hung &
                first=$!
                # The request above has the process.
                sleep 0.5
                ask other
                wait "$first"
                for process in $hung; do
                    kill -CONT "$process"
                    until ! [ -e "/proc/$process" ]; do sleep 0.1; done
                    echo ended
                done
                """)
            let lines = output.split(separator: "\n").map { $0.split(separator: " ") }
            let hung = try #require(lines.first { $0.first == "hung" }, "\(output)")
            #expect(hung[1] == "500" && Double(hung[2]) ?? 0 > 1.9, "\(output)")
            #expect(lines.contains { $0.first == "other" && $0[1] == "200" }, "\(output)")
            #expect(lines.contains(["ended"]), "\(output)")
            print("\(site.title): a program that hangs: \(output.split(separator: "\n").joined(separator: ", "))")
        }

        /// The gates agree by the server of the ledger, also after its restart.
        private static func ledger(_ gates: MachineGates) throws {
            func target(_ id: String, uses: UInt32?) throws -> String {
                "/plain.txt?grant=\(try GrantSite.token("plain.txt") { ($0.id, $0.uses) = (id, uses) })"
            }
            let five = try target("five", uses: 5)
            let first = try gates.ask(five, clients: 48)
            #expect(first == [200: 5, 410: 43])
            try gates.ledger("stop")
            #expect(try gates.ask(five, clients: 3) == [503: 3])
            try gates.ledger("start")
            try Deadline.wait("the gates have the ledger again") { try gates.ask(five, clients: 48) == first }
            print("\(gates.machine.release.testDescription): 48 clients of 5 uses: \(first.sorted { $0.key < $1.key })")
        }
    }
}
