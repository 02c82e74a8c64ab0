import Testing

@testable import sendfile_gate

/// The lines of a Caddyfile that a report names because of a mistake.
@Suite struct CheckCaddyPlacesTests {
    private static let url = "http://files.test/downloads/q3.pdf"

    private static func facts(_ text: String, status: Int) throws -> (facts: Facts, file: String) {
        let directory = try Workspace.shared.makeDirectory("caddyfile")
        try Files.write(text, to: "\(directory)/Caddyfile")
        try Files.write("a", to: "\(directory)/q3.pdf")
        let url = try #require(URLText(Self.url))
        let target = Target(
            url: url, file: try CheckedFile("\(directory)/q3.pdf"), headers: [], internalPrefix: "/protected/",
            root: directory, publicPrefixes: [], activity: nil, mayPost: false, mayWrite: false, names: [], gate: nil)
        let answer = Answer(
            question: sendfile_gate.Question(label: "GET", url: url), status: status,
            fields: [Answer.Field(name: "Server", value: "Caddy")])
        var facts = Facts(target: target, server: .caddy, whole: answer)
        let configuration = try #require(ServerConfiguration(of: .caddy, at: "\(directory)/Caddyfile"))
        facts.configuration = configuration
        let route = try #require(configuration.route(of: RoutedRequest(url, peer: "127.0.0.1")))
        facts.route = route
        return (facts, "\(directory)/Caddyfile")
    }

    @Test("The line of a mistake is named, with what it does", arguments: CaddyMistake.all)
    func mistake(_ mistake: CaddyMistake) throws {
        let (facts, file) = try Self.facts(mistake.file, status: mistake.status)
        let places = Diagnosis.gateNotReached.places(facts).map { $0.replacing("\(file):", with: "") }
        #expect(places.count == mistake.lines.count, "\(places)")
        for (place, line) in zip(places, mistake.lines) {
            let number = line.prefix { $0 != " " }
            #expect(place.hasPrefix("\(number): "), "\(place) in place of \(line)")
            #expect(place.contains(line.dropFirst(number.count + 1)), "\(place) in place of \(line)")
        }
    }

    @Test(
        "The lines of other faults are named",
        arguments: [
            (Diagnosis.rangesIgnored, "request_header -Range\nGATE", "request_header -Range"),
            (.compressed, "encode gzip\nGATE", "encode gzip"),
            (.fieldsChanged, "header -Content-Disposition\nGATE", "header -Content-Disposition"),
            (
                .fieldsChanged, "reverse_proxy unix//run/g.sock {\ntransport fastcgi\nheader_down -ETag\n}",
                "header_down -ETag"
            ),
            (.pathChanged, "handle_path /downloads/* {\nGATE\n}", "handle_path /downloads/*"),
            (.queryLost, "rewrite * {path}\nGATE", "rewrite * {path}"),
            (.programUnreachable, "reverse_proxy 127.0.0.1:8081", "reverse_proxy 127.0.0.1:8081"),
            (.programUnreachable, "abort /downloads/*\nGATE", "abort /downloads/*"),
            (.refusalAccepted, "GATE\nhandle_errors {\nrespond 200\n}", "handle_errors"),
            (
                .otherFile,
                "reverse_proxy unix//run/g.sock {\ntransport fastcgi\n@f header X-Sendfile *\nhandle_response @f {\nroot * /other\nfile_server\n}\n}",
                "root * /other"
            ),
        ])
    func fault(_ diagnosis: Diagnosis, _ lines: String, _ text: String) throws {
        let gate = "reverse_proxy unix//run/g.sock {\ntransport fastcgi\n}"
        let status =
            diagnosis == .programUnreachable && !lines.hasPrefix("abort") ? 502 : lines.hasPrefix("abort") ? 0 : 200
        let (facts, file) = try Self.facts(
            "http://files.test {\n\(lines.replacing("GATE", with: gate))\n}\n", status: status)
        let places = diagnosis.places(facts)
        #expect(places.contains { $0.hasPrefix("\(file):") && $0.contains(": \(text)") }, "\(places)")
    }

    @Test("The remedies for Caddy are lines of a Caddyfile")
    func remedies() throws {
        let text = "http://files.test {\nhandle_path /downloads/* {\nreverse_proxy 127.0.0.1:8080\n}\n}"
        let (facts, _) = try Self.facts(text, status: 404)
        #expect(Diagnosis.gateNotReached.gateRemedy(facts)?.first?.hasPrefix("handle /* { reverse_proxy ") == true)
        let route = try #require(facts.route)
        let line = try #require(facts.forwarding.first)
        #expect(Forwarding.remedies(line, route).map { $0.prefix(32) } == ["handle_path /downloads/*   (hand"])
        let closed = try Self.facts("http://files.test {\nbasic_auth {\na b\n}\n}", status: 401).facts
        #expect(Diagnosis.gateNotReached.gateRemedy(closed)?.first?.contains("basic_auth @other") == true)
    }
}
