import Testing

extension ServerTests {
    /// What becomes of a header field on its way through each web server.
    @Suite(.serialized) struct ParityFieldTests {
        /// Another value than the web server would send by itself.
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

        /// What a client sees of a field.
        private enum Fate: String {
            case kept
            case replaced
            case lost
        }

        @Test("What each web server does to a field stands in the article") func fields() throws {
            let program = try RunningProgram.listening(wrapper: ChildProcess.asServer)
            var cells: [String: [String]] = [:]
            var changedAlone: [String] = []
            for column in Self.columns {
                let site = try Self.site(column)
                defer { if column.isPlain { try? site.stop() } }
                for (name, value) in Self.fields {
                    let line = FileName(Array("\(name): \(value)".utf8)).hexadecimal
                    var cell = try Self.fate(of: name, value, in: site.client.get("/field/later/\(line)")).rawValue
                    if !column.isPlain {
                        let answer = try BackendQuestion(column.server).ask(program, "/field/given/\(line)")
                        if answer.asked == nil { cell += ", so streamed" }
                        // Given with the file, a field arrives, whoever sends that.
                        let given = try site.client.get("/field/given/\(line)")
                        #expect(try Self.fate(of: name, value, in: given) == .kept, "\(column.title): \(name)")
                        let alone = try Self.fate(of: name, value, in: site.client.get("/field/alone/\(line)"))
                        if alone != .kept { changedAlone.append("`\(name)` (\(column.title): \(alone.rawValue))") }
                    }
                    cells[name, default: []].append(cell)
                }
            }
            #expect(try program.stop() == .exited(0))
            let rows = Self.fields.map { field in
                [field.name == "X-Download-Id" ? "any other, such as `X-Download-Id`" : "`\(field.name)`"]
                    + (cells[field.name] ?? []).map { $0 == "lost" ? "**lost**" : $0 }
            }
            let alone =
                changedAlone.isEmpty
                ? "Of a response without a file, every web server keeps all of these."
                : "Of a response without a file, every web server keeps all of these but \(changedAlone.joined(separator: ", "))."
            try GeneratedSection(article: ParityTable.article, name: "fields").check(
                GeneratedSection.table(["the program's field"] + Self.columns.map(\.title), rows) + "\n\(alone)\n")
        }

        private static func site(_ column: Column) throws -> Site {
            let delivery = Delivery(server: column.server, streams: false)
            guard column.isPlain else { return try Site.shared(delivery) }
            let lines = try Files.text("\(CodeBlock.package)/conf/nginx/sendfile.conf").split(separator: "\n")
            let added = lines.filter { $0.contains(/^\s*add_header/) }
            return try Site(
                delivery, settings: Dictionary(uniqueKeysWithValues: added.map { (String($0), "") }))
        }

        private static func fate(of name: String, _ value: String, in answer: HTTPAnswer) throws -> Fate {
            guard answer.status == 200 else { throw Failure("\(answer.status) for \(name)") }
            return switch answer.field(name) {
            case nil: .lost
            case value: .kept
            default: .replaced
            }
        }
    }
}
