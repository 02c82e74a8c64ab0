import Testing

extension ServerTests {
    /// The treatment of header fields by each web server.
    @Suite(.serialized) struct ParityFieldTests {
        /// Fields with a value other than the web server's own.
        private static let fields: [(name: String, value: String)] = [
            ("Content-Type", "application/x-own"), ("Content-Disposition", "attachment; filename=\"own.txt\""),
            ("Content-Encoding", "gzip"), ("ETag", "\"own\""), ("Last-Modified", "Sat, 01 Jan 2000 00:00:00 GMT"),
            ("Cache-Control", "no-store"), ("Expires", "Fri, 01 Jan 2100 00:00:00 GMT"), ("Set-Cookie", "own=1"),
            ("Content-Language", "ja"), ("Content-Security-Policy", "sandbox"), ("X-Content-Type-Options", "nosniff"),
            ("Vary", "Cookie"), ("Link", "</terms>; rel=\"license\""),
            ("Access-Control-Allow-Origin", "https://example.org"), ("X-Download-Id", "17"),
        ]

        private struct Column {
            let title: String
            let server: WebServer
            var isPlain = false
        }

        private static let columns = [
            Column(title: "lighttpd", server: .lighttpd),
            Column(title: "nginx as in `conf`", server: .nginx),
            Column(title: "nginx without `add_header`", server: .nginx, isPlain: true),
            Column(title: "Apache, mod_fcgid", server: .apacheFcgid),
            Column(title: "Apache, mod_proxy_fcgi", server: .apacheProxyFcgi),
            Column(title: "Apache, local redirect", server: .apacheLocalRedirect),
            Column(title: "Caddy", server: .caddy),
        ]

        /// The result for a field as the client sees it.
        private enum Fate: String {
            case kept
            case replaced
            case lost
        }

        /// A web server that the tests start, or one on the machine of a release.
        private struct Place {
            /// The machine's release; `nil` for a server that the tests start.
            let machine: Release?

            static let all = [Place(machine: nil)] + MachineRequirements.releases.map { Place(machine: $0) }

            /// The release to which the web servers belong; `nil` for another system.
            var release: Release? { self.machine ?? Release.ofTests }
        }

        @Test("The article lists what each web server does to a field") func fields() throws {
            let program = try RunningProgram.listening(wrapper: ChildProcess.asServer)
            var cells = [String: [[Release: String]]](
                uniqueKeysWithValues: Self.fields.map { ($0.name, Self.columns.map { _ in [:] }) })
            for place in Place.all {
                for (index, column) in Self.columns.enumerated() {
                    let seen = try Self.withSite(column, place) { try Self.cells(of: $0, column, program) }
                    guard let release = place.release else { continue }
                    for (name, cell) in seen {
                        let other = cells[name]?[index].updateValue(cell, forKey: release)
                        // The same package, started by the tests and on a machine.
                        #expect(other ?? cell == cell, "\(column.title), \(release.testDescription): \(name)")
                    }
                }
            }
            #expect(try program.stop() == .exited(0))
            let section = GeneratedSection(article: ParityTable.article, name: "fields")
            var table = ReleaseTable(head: ["the program's field"] + Self.columns.map(\.title), titles: 1)
            for (name, _) in Self.fields {
                let title = name == "X-Download-Id" ? "any other, such as `X-Download-Id`" : "`\(name)`"
                table.append([title], (cells[name] ?? []).map { $0.mapValues { $0 == "lost" ? "**lost**" : $0 } })
            }
            try section.check(table.completed(from: section.written))
        }

        /// The treatment of each field behind one web server, by its name.
        private static func cells(
            of site: some AnsweringSite, _ column: Column, _ program: RunningProgram
        ) throws -> [String: String] {
            var cells: [String: String] = [:]
            for (name, value) in Self.fields {
                let line = FileName(Array("\(name): \(value)".utf8)).hexadecimal
                func fate(_ kind: String) throws -> Fate {
                    try Self.fate(of: name, value, in: site.client.get("/field/\(kind)/\(line)"))
                }
                var cell = try fate("later").rawValue
                if !column.isPlain {
                    let answer = try BackendQuestion(column.server).ask(program, "/field/given/\(line)")
                    if answer.asked == nil { cell += ", so streamed" }
                    // A field that is passed with the file arrives, by header or streamed.
                    #expect(try fate("given") == .kept, "\(site.title): \(name)")
                    // The article says that a response without a file keeps all fields.
                    #expect(try fate("alone") == .kept, "\(site.title): \(name)")
                }
                cells[name] = cell
            }
            return cells
        }

        private static func withSite(
            _ column: Column, _ place: Place, _ body: (any AnsweringSite) throws -> [String: String]
        ) throws -> [String: String] {
            let lines = try Files.text("\(CodeBlock.package)/conf/nginx/sendfile.conf").split(separator: "\n")
            let added = column.isPlain ? lines.filter { $0.contains(/^\s*add_header/) }.map(String.init) : []
            let delivery = Delivery(server: column.server, streams: false, release: place.machine)
            if place.machine != nil {
                var program = MachineProgram.application
                program.edits = added.map { ($0, "") }
                return try withLogs(of: MachineSite(delivery, program), body)
            }
            guard column.isPlain else { return try withLogs(of: Site.shared(delivery), body) }
            let site = try Site(delivery, settings: Dictionary(uniqueKeysWithValues: added.map { ($0, "") }))
            defer { try? site.stop() }
            return try withLogs(of: site, body)
        }

        private static func fate(of name: String, _ value: String, in answer: HTTPAnswer) throws -> Fate {
            guard answer.status == 200 else { throw Failure("\(answer.status) for \(name)") }
            return switch answer.field(name) {
            case nil: .lost
            case value: .kept
            // A web server that may compress has added to it.
            case .some(let list) where name == "Vary" && HTTPAnswer.members(of: list).contains { $0 == value }: .kept
            default: .replaced
            }
        }
    }
}
