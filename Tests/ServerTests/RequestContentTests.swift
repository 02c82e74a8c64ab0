import Testing

extension ServerTests {
    @Suite struct RequestContentTests {
        @Test("A body is echoed byte for byte", arguments: Delivery.all, [0, 1, 1000, 65_536, 5_000_000])
        func echo(_ delivery: Delivery, size: Int) throws {
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            try withSite(delivery) { site in
                let answer = try site.client.send("POST", "/echo", body: .bytes(body))
                #expect(answer.status == 200)
                #expect(Bytes(answer.body) == Bytes(body))
            }
        }

        @Test("A chunked body is echoed byte for byte", arguments: Delivery.all)
        func chunked(_ delivery: Delivery) throws {
            let chunks = (1...40).map { [UInt8](repeating: UInt8($0), count: $0 * 2_000) }
            try withSite(delivery) { site in
                let answer = try site.client.send("POST", "/echo", body: .chunked(chunks))
                #expect(answer.status == 200)
                #expect(Bytes(answer.body) == Bytes(chunks.flatMap { $0 }))
            }
        }

        @Test("A large upload does not increase the program's memory", arguments: Delivery.all)
        func upload(_ delivery: Delivery) throws {
            let body = [UInt8](repeating: 7, count: 40_000_000)
            try withSite(delivery) { site in
                let program = try site.program()
                let before = try program.peakMemory
                let answer = try site.client.send("POST", "/count", body: .bytes(body))
                #expect(answer.text == String(body.count))
                #expect(try program.peakMemory - before < Workspace.shared.toleratedGrowth)
            }
        }

        @Test("A claimed name without verification is not a user", arguments: Delivery.all)
        func claimedUser(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                // "root:guess"
                let answer = try site.client.get("/parameters/x", ["Authorization": "Basic cm9vdDpndWVzcw=="])
                let users = answer.text.split(separator: "\n").filter { $0.hasPrefix("REMOTE_USER=") }
                #expect(users.allSatisfy { $0 == "REMOTE_USER=" }, "\(answer.text)")
                #expect(answer.text.contains("HTTP_AUTHORIZATION=Basic"))
            }
        }

        @Test("The program receives the URL as the client sent it, and the client's address", arguments: Delivery.all)
        func parameters(_ delivery: Delivery) throws {
            let target = "/parameters/a%41b//c%25%20d;e?x=%2520&y"
            try withSite(delivery) { site in
                let answer = try site.client.get(target, ["Authorization": "Bearer token", "X-Custom": "a,b"])
                let lines = Set(answer.text.split(separator: "\n").map(String.init))
                for line in [
                    "REQUEST_METHOD=GET", "REQUEST_URI=\(target)", "SCRIPT_NAME=", "QUERY_STRING=x=%2520&y",
                    "SERVER_PROTOCOL=HTTP/1.1", "REMOTE_ADDR=127.0.0.1", "REQUEST_SCHEME=http",
                    "SERVER_PORT=\(site.port)", "HTTP_AUTHORIZATION=Bearer token", "HTTP_X_CUSTOM=a,b",
                ] {
                    #expect(lines.contains(line), "\(line) is not in \(answer.text)")
                }
                #expect(lines.contains { $0.hasPrefix("PATH_INFO=/parameters/a") })
                #expect(lines.contains { $0.hasPrefix("SERVER_SOFTWARE=\(delivery.server.software)/") })
            }
        }
    }
}
