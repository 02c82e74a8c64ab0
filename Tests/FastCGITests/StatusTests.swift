import FastCGI
import Glibc
import HTTPTypes
import Sendfile
import Testing

@Suite struct StatusTests {
    private static let statusHandler: FastCGIServer.Handler = { request in
        switch request.path {
        case "/status": return request.statusResponse()
        case "/missing": return Response(status: .notFound)
        case "/large": return Response(body: .bytes([UInt8](repeating: 1, count: 100_000)))
        default: return Response(body: .string("hello"))
        }
    }

    @Test("The status response has the numbers of the requests so far") func numbers() async throws {
        let server = try await RunningServer(.with { $0.connectionLimit = 50 }, handler: Self.statusHandler)
        let (peer, idle) = (try server.peer(), try server.peer())
        _ = try idle.request()
        for _ in 0..<3 { _ = try peer.request() }
        _ = try peer.request("GET", "/missing")
        _ = try peer.request("GET", "/large")
        // A request is counted after its response has been sent.
        try await RunningServer.wait { server.statistics.handledRequests == 6 }

        let statistics = server.statistics
        #expect(statistics.requestsByStatus == [200: 5, 404: 1])
        #expect(statistics.handledRequests == 6)
        #expect(statistics.bodyBytes == 4 * 5 + 100_000)
        #expect(statistics.connectionsAccepted == 2)
        #expect(statistics.openConnections == 2)
        #expect(statistics.idleConnections == 2)
        #expect(statistics.activeRequests == 0)
        #expect(statistics.incompleteResponses == 0)
        #expect(statistics.totalDuration > .zero)
        #expect(statistics.uptime > statistics.totalDuration / 6)
        #expect(statistics.durations.map(\.count) == statistics.durations.map(\.count).sorted())
        #expect(statistics.durations.last?.count == 6)
        #expect(statistics.limitsHit.values.allSatisfy { $0 == 0 })

        let answer = try peer.request("GET", "/status")
        #expect(answer.field("Content-Type") == "application/json")
        #expect(answer.field("Cache-Control") == "no-store")
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(text.contains("\"workers\":4,\"stopping\":false"))
        #expect(text.contains("\"connections\":{\"accepted\":2,\"open\":2,\"idle\":1,\"limit\":50}"))
        #expect(
            text.contains(
                "\"requests\":{\"active\":1,\"handled\":6,\"by_status\":{\"200\":5,\"404\":1},\"incomplete\":0,\"body_bytes\":100020"
            ))
        #expect(text.contains("\"+Inf\":6"))
        try await server.stop()
        #expect(server.statistics.isStopping)
        #expect(server.statistics.openConnections == 0)
    }

    @Test("The page shows the numbers, escaped and without a script") func page() async throws {
        let root = FileTests.Root(bytes: [UInt8](repeating: 7, count: 3000))
        let sendfile = try Sendfile(root: root.path, backend: .nginx)
        let server = try await RunningServer { request in
            guard request.path == "/status" else { return try sendfile(request, "file.bin") }
            var statistics = try #require(request.serverStatistics)
            statistics.refusals = ["expired": 3, "<script>": 1]
            statistics.program = "test & program 1.0"
            statistics.details = [.init("data_base", "\"<b>\""), .init("open_orders", count: 7)]
            return request.statusResponse(statistics)
        }
        let peer = try server.peer()
        for range in ["bytes=0-999", "bytes=2000-"] { _ = try peer.request("GET", "/", [("HTTP_RANGE", range)]) }
        _ = try peer.request("HEAD", "/")
        try await RunningServer.wait { server.statistics.handledRequests == 3 }
        let statistics = server.statistics
        #expect(statistics.downloads == 2)
        #expect(statistics.downloadBytes == 2000)
        #expect(statistics.downloadsByMinute.reduce(0, +) == 2)
        let page = try peer.request("GET", "/status", [("HTTP_ACCEPT", "text/html")])
        #expect(page.field("Content-Type") == "text/html; charset=utf-8")
        #expect(page.field("Content-Security-Policy")?.hasPrefix("default-src 'none'; ") == true)
        let text = String(decoding: page.body, as: UTF8.self)
        for part in [
            "<h1>test &amp; program 1.0</h1>", "<tr><th scope=\"row\">expired</th><td>3</td></tr>", "&lt;script&gt;",
            "<tr><th scope=\"row\">Bytes of files in these responses</th><td>2.0 kB</td></tr>", "No limit was hit.",
            "color-scheme: light dark", "<tr><th scope=\"row\">Data base</th><td>&quot;&lt;b&gt;&quot;</td></tr>",
            "<tr><th scope=\"row\">Open orders</th><td>7</td></tr>",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains("<script"))
        let json = try peer.request("GET", "/status")
        let numbers = try JSON(json.body.dropLast())
        #expect(numbers["downloads"]?["count"] == .number("2"))
        #expect(numbers["refusals"] == .object(["expired": .number("3"), "<script>": .number("1")]))
        #expect(numbers["program"] == .text("test & program 1.0"))
        #expect(numbers["details"] == .object(["data_base": .text("\"<b>\""), "open_orders": .number("7")]))
        let prometheus = try peer.request("GET", "/status?format=prometheus")
        let lines = String(decoding: prometheus.body, as: UTF8.self).components("\n")
        #expect(lines.contains("fastcgi_downloads_total 2"))
        #expect(lines.contains("fastcgi_download_bytes_total 2000"))
        #expect(lines.contains("fastcgi_refusals_total{reason=\"expired\"} 3"))
        #expect(lines.contains("fastcgi_detail{name=\"data_base\",value=\"\\\"<b>\\\"\"} 1"))
        #expect(lines.contains("fastcgi_detail{name=\"open_orders\"} 7"))
        try await server.stop()
    }

    @Test("Prometheus receives its own format") func prometheus() async throws {
        let server = try await RunningServer(handler: Self.statusHandler)
        let peer = try server.peer()
        _ = try peer.request("GET", "/missing")
        try await RunningServer.wait { server.statistics.handledRequests == 1 }
        let answer = try peer.request("GET", "/status?format=prometheus")
        #expect(answer.field("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        let lines = String(decoding: answer.body, as: UTF8.self).components("\n")
        #expect(lines.contains("# TYPE fastcgi_requests_total counter"))
        #expect(lines.contains("fastcgi_requests_total{status=\"404\"} 1"))
        #expect(lines.contains("fastcgi_requests_active 1"))
        #expect(lines.contains("fastcgi_request_duration_seconds_bucket{le=\"+Inf\"} 1"))
        #expect(lines.contains("fastcgi_request_duration_seconds_count 1"))
        #expect(lines.contains("fastcgi_limits_hit_total{limit=\"handler_timeout\"} 0"))
        for line in lines.dropLast() where !line.hasPrefix("# ") {
            let parts = line.split(separator: " ")
            #expect(parts.count == 2 && Double(parts[1]) != nil, "\(line)")
        }
        try await server.stop()
    }

    @Test(
        "A client that accepts text receives Prometheus' format",
        arguments: [
            ("/s", nil, "application/json"), ("/s", "*/*", "application/json"), ("/s", "text/plain", "text/plain"),
            ("/s?format=json", "text/plain", "application/json"),
            ("/s?a=b&format=prometheus", "application/json", "text/plain"),
            ("/s", "application/json, text/plain, */*", "application/json"),
            ("/s", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3", "text/plain"),
            ("/s", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
            ("/s?format=json", "text/html", "application/json"), ("/s?format=prometheus", "text/html", "text/plain"),
            ("/s?format=html", "application/json", "text/html"),
            ("/s", "application/json, text/html", "application/json"),
        ])
    func formats(target: String, accept: String?, type: String) {
        var parameters = [("REQUEST_URI", target)]
        if let accept { parameters.append(("HTTP_ACCEPT", accept)) }
        let response = Request(parameters: Parameters(parameters.map { (name: $0.0, value: $0.1) })).statusResponse()
        #expect(response.headerFields[.contentType]?.split(separator: ";").first == type[...])
    }

    @Test("Each size limit is counted", arguments: ["parameter_bytes", "parameter_count", "body", "body in pieces"])
    func sizeLimits(limit: String) async throws {
        let server = try await RunningServer(
            .with {
                $0.parameterBytesLimit = 1000
                $0.parameterCountLimit = 20
                $0.bodyLimit = 10
            }
        ) { request in
            _ = try await request.body.collect(upTo: 5000)
            return Response()
        }
        let peer = try server.peer()
        let (name, status): (ServerStatistics.Limit, String)
        let answer: Peer.Answer
        switch limit {
        case "parameter_bytes":
            (name, status) = (.parameterBytes, "431 Request Header Fields Too Large")
            answer = try peer.request("GET", "/", [("HTTP_X", String(repeating: "x", count: 2000))])
        case "parameter_count":
            (name, status) = (.parameterCount, "431 Request Header Fields Too Large")
            answer = try peer.request("GET", "/", (0..<30).map { ("X\($0)", "") })
        case "body":
            (name, status) = (.body, "413 Content Too Large")
            answer = try peer.request("POST", "/", body: [UInt8](repeating: 1, count: 11))
        default:
            (name, status) = (.body, "413 Content Too Large")
            try peer.send(Peer.head(Peer.parameters("POST")))
            // Not Task.sleep, because with few threads it may last longer than the time limit of the body.
            usleep(20_000)
            try peer.send(Peer.body([UInt8](repeating: 1, count: 11)))
            answer = try peer.answer()
        }
        #expect(answer.status == status)
        #expect(server.statistics.limitsHit.filter { $0.value > 0 } == [name: 1])
        try await server.stop()
    }

    @Test(
        "Each time limit is counted",
        arguments: [ServerStatistics.Limit.readTimeout, .handlerTimeout, .writeTimeout, .idleTimeout, .drainTimeout])
    func timeLimits(limit: ServerStatistics.Limit) async throws {
        let short = Duration.milliseconds(100)
        let gate = Gate()
        let server = try await RunningServer(
            .with {
                switch limit {
                case .readTimeout: $0.readTimeout = short
                case .handlerTimeout: $0.handlerTimeout = short
                case .writeTimeout: $0.writeTimeout = short
                case .idleTimeout: $0.idleTimeout = short
                default: $0.drainTimeout = short
                }
            }
        ) { request in
            if request.path == "/wait" { await gate.wait() }
            return Response(body: .bytes([UInt8](repeating: 0, count: 4 << 20)))
        }
        let peer = try server.peer()
        switch limit {
        case .readTimeout: try peer.send(Peer.begin())
        case .writeTimeout: try peer.send(Peer.head(Peer.parameters()) + Peer.body([]))
        case .idleTimeout: _ = try peer.request()
        default: try peer.send(Peer.head(Peer.parameters("GET", "/wait")) + Peer.body([]))
        }
        if limit == .handlerTimeout { #expect(try peer.answer().status == "504 Gateway Timeout") }
        if limit == .drainTimeout {
            try await RunningServer.wait { gate.waiting == 1 }
            try await server.stop()
        }
        try await RunningServer.wait { server.statistics.limitsHit[limit] == 1 }
        #expect(server.statistics.limitsHit.filter { $0.value > 0 } == [limit: 1])
        switch limit {
        case .handlerTimeout: try await RunningServer.wait { server.statistics.requestsByStatus == [504: 1] }
        case .writeTimeout:
            try await RunningServer.wait { server.statistics.incompleteResponses == 1 }
            #expect(server.statistics.bodyBytes == 0)
        default: break
        }
        gate.open()
        if limit != .drainTimeout { try await server.stop() }
    }

    @Test("The counted status is the one that was sent") func sentStatus() async throws {
        struct Wrong: Error {}
        let server = try await RunningServer { _ in throw Wrong() }
        #expect(try server.peer().request().status == "500 Internal Server Error")
        try await server.stop()
        #expect(server.statistics.requestsByStatus == [500: 1])
    }
}
