import Testing

extension ServerTests {
    /// Header fields with which clients of other libraries controlled the files that a web server sends
    /// (CVE-2025-61780, CVE-2026-7381, CVE-2026-34830, CVE-2016-5386).
    @Suite struct ClientFieldTests {
        private static func fields(root: String) -> [String: String] {
            let mapping = "\(root)/=/protected/, /=/"
            return [
                "X-Sendfile-Type": "X-Accel-Redirect", "X-Accel-Mapping": mapping,
                "X-Accel-Redirect": "/protected/data.json",
                "X-Sendfile": "/etc/passwd", "X-Sendfile2": "/etc/passwd 0-", "X-Lighttpd-Send-File": "/etc/passwd",
                "X-Reproxy-Url": "/etc/passwd", "X-Sendfile-Temporary": "/etc/passwd", "X-Sendfile-Etag": "\"stolen\"",
                "X-Sendfile-Content-Type": "text/html", "Sendfile-Backend": "x-accel-redirect", "Sendfile-Root": "/etc",
                "Sendfile-Url": "/stolen/", "Sendfile-Mapping": mapping, "SENDFILE_BACKEND": "nginx",
                "SENDFILE_MAPPING": mapping, "SENDFILE_ROOT": "/etc", "SENDFILE_URL": "/stolen/",
                "HTTP_X_SENDFILE_TYPE": "X-Accel-Redirect", "HTTP_SENDFILE_MAPPING": mapping,
                "HTTP_SENDFILE_BACKEND": "nginx",
                "HTTP_X_ACCEL_MAPPING": mapping, "Http-Sendfile-Backend": "nginx", "Script-Name": "/stolen",
                "Script-Filename": "/bin/sh", "SCRIPT_NAME": "/stolen", "Server-Software": "nginx/1.0",
                "Redirect-Sendfile-Internal": "yes", "Proxy": "http://example.org:8080/",
                "Location": "/protected/data.json",
                "Status": "404 Not Found", "X-Accel-Buffering": "no", "X-Accel-Limit-Rate": "1",
                "X-Accel-Charset": "utf-7",
            ]
        }

        @Test(
            "A client's sendfile fields have no effect", arguments: Delivery.all,
            [
                "/file/plain.txt", "/file/data.json?attachment", "/file/missing.txt", "/file/passwd",
                "/directory/plain.txt",
                "/protected/plain.txt", "/stolen/plain.txt", "/private/plain.txt", "/ready",
            ])
        func none(_ delivery: Delivery, target: String) throws {
            let fields = Self.fields(root: try Workspace.shared.root)
            try withSite(delivery) { site in
                let plain = try site.client.get(target)
                for fields in [fields] + fields.map({ [$0.key: $0.value] }) {
                    let answer = try site.client.get(target, fields)
                    #expect(answer.status == plain.status, "\(fields)")
                    #expect(answer.body == plain.body, "\(fields)")
                    #expect(Self.fields(of: answer) == Self.fields(of: plain), "\(fields)")
                }
            }
        }

        private static func fields(of answer: HTTPAnswer) -> [String] {
            answer.fields.filter { $0.name.lowercased() != "date" }.map { "\($0.name): \($0.value)" }
        }

        @Test(
            "A client's sendfile fields change neither the backend nor the program's environment",
            arguments: Delivery.all)
        func delivery(_ delivery: Delivery) throws {
            let fields = Self.fields(root: try Workspace.shared.root)
            try withSite(delivery) { site in
                let program = try site.program()
                let before = try program.bytesWritten
                let answer = try site.client.get("/file/\(Corpus.large.name)", fields)
                let written = try program.bytesWritten - before
                #expect(Bytes(answer.body) == Bytes(Corpus.large.content))
                #expect(delivery.streams ? written >= Corpus.large.content.count : written < 65_536)
                let environment = try site.client.get("/environment", fields).text
                #expect(!environment.contains("example.org"))
                #expect(!environment.contains("stolen"))
                #expect(!environment.contains("HTTP_"))
            }
        }
    }
}
