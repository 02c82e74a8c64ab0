import Glibc
import Testing

extension ServerTests {
    /// The README's program, which is the example Hello, and its response.
    @Suite struct ReadmeTests {
        private static func block(_ language: String) throws -> CodeBlock {
            try #require(try CodeBlock.blocks(of: "README.md").first { $0.language == language })
        }

        @Test("The README's program is the example Hello, and the README is under 100 lines") func program() throws {
            #expect(try Self.block("swift").text == Files.text("\(CodeBlock.package)/Examples/Hello/Hello.swift"))
            #expect(
                try Files.text("\(CodeBlock.package)/README.md").split(
                    separator: "\n", omittingEmptySubsequences: false
                ).count <= 100)
        }

        @Test(
            "Hello answers as the README shows, and passes its tour",
            arguments: [WebServer.lighttpd, .nginx, .apacheFcgid])
        func answers(_ server: WebServer) throws {
            let directory = try Workspace.shared.makeDirectory("hello")
            let root = "\(directory)/files"
            try Files.makeDirectory(root)
            let examples = "\(CodeBlock.package)/Examples"
            let samples = try ChildProcess(["\(examples)/make-hello-samples", root], log: "\(directory)/samples.log")
            #expect(try samples.waitForEnd() == .exited(0))
            let site = try Site(
                Delivery(server: server, streams: false),
                program: SiteProgram(
                    path: Workspace.install("Hello", in: directory), root: root, readyTarget: "/",
                    environment: ["SENDFILE_ROOT": root]))

            let tour = try ChildProcess(
                ["\(examples)/tour-hello", "http://127.0.0.1:\(site.port)", root], log: "\(directory)/tour.log")
            let end = try tour.waitForEnd(seconds: 60)
            let steps = try Files.text(tour.log)
            #expect(end == .exited(0), "\(steps)")

            // The request line and the response, without the fields that each web server adds.
            let shown = try Self.block("console").text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(shown[0] == "$ curl -i -b ticket=blue http://127.0.0.1:8080/hello.txt")
            let answer = try HTTPClient(port: site.port).get("/hello.txt", ["Cookie": "ticket=blue"])
            #expect(shown[1] == "HTTP/1.1 \(answer.status) OK")
            let empty = try #require(shown.firstIndex(of: ""))
            for line in shown[2..<empty] {
                let parts = line.split(separator: ": ", maxSplits: 1)
                #expect(answer.field(String(parts[0])) == String(parts[1]), "behind \(server)")
            }
            #expect(answer.text == shown[(empty + 1)...].joined(separator: "\n"))
            try site.stop()
        }
    }
}
