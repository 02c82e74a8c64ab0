import SendfileJSON
import Testing

@testable import sendfile_gate

/// The joining of log lines, without servers.
@Suite struct DownloadJoinTests {
    /// The downloads of lines, as `who received/size complete requests`.
    private static func join(_ lines: [String], window: Double = 3600) throws -> [String] {
        var found: [String] = []
        let join = DownloadJoin(window: window) { download in
            let complete = download.isComplete.map { $0 ? "yes" : "no" } ?? "unknown"
            found.append(
                "\(download.key.who) \(download.received.count)/\(download.size.map { "\($0)" } ?? "?") \(complete) \(download.requests)"
            )
        }
        for line in lines {
            let line = try LogLine(ArraySlice(line.utf8))
            if let time = line.time { join.advance(to: time) }
            join.add(line)
        }
        join.finish()
        return found.sorted()
    }

    /// A line of the program, at a time in seconds after 1970-01-01T00:00.
    private static func decision(
        _ id: String?, at second: Double, user: String? = "u", client: String = "192.0.2.1", range: String? = nil,
        grant: String? = nil, size: Int? = 100, etag: String = "a", delivery: String = "nginx", sent: Int? = nil,
        complete: Bool? = nil
    ) -> String {
        func text(_ text: String?) -> String { text.map { "\"\($0)\"" } ?? "null" }
        return """
            {"time":"\(LogTime.text(second).dropLast()).\(String(1000 + Int(second * 1000) % 1000).dropFirst())Z","download":\(text(id)),"user":\(text(user)),"grant":\(text(grant)),"client":"\(client)",\
            "method":"GET","file":"f","status":200,"range":\(text(range)),"size":\(size.map { "\($0)" } ?? "null"),"etag":"\(etag)",\
            "delivery":"\(delivery)","sent":\(sent.map { "\($0)" } ?? "null"),"complete":\(complete.map { "\($0)" } ?? "null"),"milliseconds":0}
            """
    }

    private static func end(
        _ id: String, at second: Double, _ bytes: Int, status: Int = 200, end: String = "OK", range: String = ""
    ) -> String {
        "{\"download\":\"\(id)\",\"time\":\(second),\"status\":\(status),\"bytes\":\(bytes),\"end\":\"\(end)\",\"range\":\"\(range)\"}"
    }

    @Test("The line of the web server may come first") func order() throws {
        #expect(try Self.join([Self.end("1", at: 2, 100), Self.decision("1", at: 2)]) == ["u 100/100 yes 1"])
    }

    @Test(
        "An end determines the bytes that were received",
        arguments: [
            (nil, 200, 100, "OK", "u 100/100 yes 1"), (nil, 200, 60, "", "u 60/100 no 1"),
            // Aborted although all bytes were handed over: the last one has not arrived.
            (nil, 200, 100, "X", "u 99/100 no 1"), ("0-99", 206, 100, "+", "u 100/100 yes 1"),
            ("10-29", 206, 20, "-", "u 20/100 no 1"), ("10-29", 206, 5, "X", "u 5/100 no 1"),
            // The web server ignored the range, as after If-Range.
            ("10-29", 200, 100, "OK", "u 100/100 yes 1"),
            // The program saw no range.
            (nil, 206, 20, "OK", "u 0/100 no 1"),
            // The headers between several ranges count as bytes.
            ("0-9,50-99", 206, 300, "OK", "u 60/100 no 1"), ("0-9,50-99", 206, 300, "X", "u 0/100 no 1"),
            ("0-49,50-99", 206, 400, "OK", "u 100/100 yes 1"),
            (nil, 304, 0, "OK", "u 0/100 no 1"), (nil, 403, 500, "OK", "u 0/100 no 1"),
            (nil, 500, 100, "OK", "u 0/100 no 1"),
        ] as [(String?, Int, Int, String, String)])
    func ends(range: String?, status: Int, bytes: Int, end: String, expected: String) throws {
        let lines = [Self.decision("1", at: 1, range: range), Self.end("1", at: 2, bytes, status: status, end: end)]
        #expect(try Self.join(lines) == [expected])
    }

    @Test("Requests are one download until the file is complete") func union() throws {
        let lines = [
            Self.decision("1", at: 1, range: "0-59"), Self.decision("2", at: 2, range: "50-99"),
            Self.decision("3", at: 2),
            Self.end("2", at: 3, 50, status: 206), Self.end("1", at: 4, 60, status: 206),
            // It began before the file was complete.
            Self.end("3", at: 5, 10, end: ""),
            Self.decision("4", at: 6), Self.end("4", at: 7, 100),
            Self.decision("5", at: 8, range: "0-0"), Self.end("5", at: 8, 1, status: 206),
        ]
        #expect(try Self.join(lines) == ["u 1/100 no 1", "u 100/100 yes 1", "u 100/100 yes 3"])
    }

    @Test("Downloads that follow each other within a millisecond are several") func successive() throws {
        for rounded in [1.5, 1.501] {
            let lines = [
                Self.decision("1", at: 1.5), Self.end("1", at: rounded, 100), Self.decision("2", at: 1.5),
                Self.end("2", at: rounded, 100),
            ]
            #expect(try Self.join(lines) == ["u 100/100 yes 1", "u 100/100 yes 1"])
        }
    }

    @Test("A later part that is asked for again soon belongs to the complete download") func again() throws {
        let whole = [Self.decision("1", at: 1), Self.end("1", at: 2, 100)]
        let part = { (second: Double) in
            [Self.decision("2", at: second, range: "50-99"), Self.end("2", at: second + 1, 9, status: 206, end: "")]
        }
        #expect(try Self.join(whole + part(3)) == ["u 100/100 yes 1"])
        #expect(try Self.join(whole + part(300)) == ["u 100/100 yes 1", "u 9/100 no 1"])
    }

    @Test("Each user, each address without a user, and each version of a file has downloads of its own") func keys()
        throws
    {
        let lines = [
            Self.decision("1", at: 1, range: "0-49"), Self.decision("2", at: 1, user: "v", range: "50-99"),
            Self.decision("3", at: 1, user: nil, range: "0-49"),
            Self.decision("4", at: 1, user: nil, client: "192.0.2.2", range: "50-99"),
            Self.decision("5", at: 1, range: "50-99", etag: "b"),
            // The same user at another address.
            Self.decision("6", at: 2, client: "192.0.2.2", range: "50-89"),
        ]
        let ends = (1...6).map { Self.end("\($0)", at: 3, 50, status: 206) }
        #expect(
            try Self.join(lines + ends) == [
                "192.0.2.1 50/100 no 1", "192.0.2.2 50/100 no 1", "u 50/100 no 1", "u 90/100 no 2", "v 50/100 no 1",
            ])
    }

    @Test("Each grant has downloads of its own, also of one user") func grants() throws {
        let lines = [
            Self.decision("1", at: 1, range: "0-49"), Self.decision("2", at: 1, range: "50-99", grant: "share-1"),
            Self.decision("3", at: 1, range: "0-49", grant: "share-1"),
            Self.decision("4", at: 1, range: "50-99", grant: "share-2"),
        ]
        let ends = (1...4).map { Self.end("\($0)", at: 3, 50, status: 206) }
        #expect(try Self.join(lines + ends) == ["u 100/100 yes 2", "u 50/100 no 1", "u 50/100 no 1"])
    }

    @Test("The web server's log tells the size and the ranges of an object that only the store knows") func objects()
        throws
    {
        func object(_ id: String, range: String? = nil) -> String {
            Self.decision(id, at: 1, range: range, size: nil, delivery: "object-store")
        }
        #expect(try Self.join([object("1"), Self.end("1", at: 2, 100)]) == ["u 100/100 yes 1"])
        #expect(try Self.join([object("1"), Self.end("1", at: 2, 0)]) == ["u 0/0 yes 1"])
        #expect(try Self.join([object("1"), Self.end("1", at: 2, 60, end: "")]) == ["u 60/? no 1"])
        #expect(try Self.join([object("1"), Self.end("1", at: 2, 9, status: 502)]) == ["u 0/? no 1"])
        let parts = [
            object("1"), Self.end("1", at: 2, 60, status: 206, range: "bytes 0-59/100"), object("2"),
            Self.end("2", at: 3, 40, status: 206, range: "bytes 60-99/100"),
        ]
        #expect(try Self.join(parts) == ["u 100/100 yes 2"])
        #expect(try Self.join(Array(parts.prefix(2))) == ["u 60/100 no 1"])
        for invalid in ["", "bytes */100", "bytes 60-9/100", "bytes 0-59/9", "lines 0-59/100", "bytes -1-59/100"] {
            let lines = [object("1"), Self.end("1", at: 2, 60, status: 206, range: invalid)]
            let expected = invalid == "bytes 0-59/9" ? "u 60/? no 1" : "u 0/? no 1"
            #expect(try Self.join(lines) == [expected], "\(invalid)")
        }
        // Caddy's log does not say whether a response was aborted, but has the announced length.
        let caddy = """
            {"ts":2,"size":60,"status":200,"resp_headers":{"X-Download-Id":["1"],"Content-Length":["100"]}}
            """
        #expect(try Self.join([object("1"), caddy]) == ["u 60/100 no 1"])
        // The store sends the bytes after a redirect, and no log has them.
        let redirect = Self.decision(nil, at: 1, size: nil, delivery: "redirect")
        #expect(try Self.join([redirect]) == ["u 0/? unknown 1"])
    }

    @Test("An incomplete download is over after the window") func window() throws {
        let lines = [
            Self.decision("1", at: 1, range: "0-49"), Self.end("1", at: 2, 50, status: 206),
            Self.decision("2", at: 50, range: "50-99"), Self.end("2", at: 51, 50, status: 206),
        ]
        #expect(try Self.join(lines, window: 100) == ["u 100/100 yes 2"])
        #expect(try Self.join(lines, window: 10) == ["u 50/100 no 1", "u 50/100 no 1"])
    }

    @Test("A request whose end no log has makes the download unknown, unless the rest is complete") func unknown()
        throws
    {
        #expect(try Self.join([Self.decision("1", at: 1)]) == ["u 0/100 unknown 1"])
        #expect(try Self.join([Self.decision(nil, at: 1)]) == ["u 0/100 unknown 1"])
        #expect(
            try Self.join([Self.decision("1", at: 1), Self.decision("2", at: 1), Self.end("2", at: 2, 100)])
                == ["u 100/100 yes 2"])
    }

    @Test("The program knows the end of a stream, and a web server's log knows it better") func streams() throws {
        let whole = Self.decision("1", at: 1, delivery: "stream", sent: 100, complete: true)
        #expect(try Self.join([whole]) == ["u 100/100 yes 1"])
        #expect(try Self.join([whole, Self.end("1", at: 2, 40, end: "")]) == ["u 40/100 no 1"])
        let half = Self.decision(nil, at: 1, range: "20-79", delivery: "stream", sent: 30, complete: false)
        #expect(try Self.join([half]) == ["u 30/100 no 1"])
    }

    @Test("A response without bytes of the file is not a download") func without() throws {
        #expect(try Self.join([Self.decision(nil, at: 1, delivery: "none", complete: true)]).isEmpty)
    }

    @Test("The memory is bounded, and nothing is lost without a row") func bounded() throws {
        let path = String(repeating: "x", count: 2000)
        var (rows, lines) = (0, 0)
        let join = DownloadJoin(window: 1e9) { _ in rows += 1 }
        for number in 0..<60_000 {
            lines += 1
            let text = Self.decision("\(number)", at: 1, user: "\(path)\(number)")
            join.add(try LogLine(ArraySlice(text.utf8)))
        }
        // Some 27,000 of these fit into 64 MiB.
        #expect(join.givenUp > 25_000)
        #expect(rows == join.givenUp)
        join.finish()
        #expect(rows == lines)
    }

    @Test("The union of ranges is exact") func byteSet() {
        var set = ByteSet()
        for range in [10..<20, 30..<40, 20..<25, 5..<8, 0..<0, 24..<31, 50..<60] as [Range<Int64>] { set.insert(range) }
        #expect(set.ranges == [5..<8, 10..<40, 50..<60])
        #expect(set.count == 43)
        set.insert(0..<60)
        #expect(set.covers(60))
        for index in 0..<2000 as Range<Int64> { set.insert(100 + index * 2..<101 + index * 2) }
        #expect(set.ranges.count == ByteSet.maximumCount)
        set.insert(60..<5000)
        #expect(set.covers(5000))
    }

    @Test(
        "A line that is not of a log has a reason",
        arguments: [
            ("", "not a JSON object"), ("junk", "not a JSON object"), ("[1]", "not a JSON object"),
            ("{\"a\":1", "not a JSON object"),
            ("{\"a\":1}", "neither"), ("{\"download\":\"x\"}", "missing or invalid"),
            ("{\"download\":\"x\",\"time\":1,\"status\":200}", "missing or invalid"),
            ("{\"file\":\"x\",\"delivery\":\"nginx\",\"time\":\"yesterday\"}", "missing or invalid"),
            (
                "{\"file\":\"x\",\"delivery\":\"nginx\",\"time\":\"2026-01-01T00:00:00Z\",\"size\":9,\"range\":\"9-1\"}",
                "range"
            ),
            (String(repeating: "[", count: 10_000), "not a JSON object"),
            ("127.0.0.1 - - [30/Nov/2026:06:20:48 +0000] \"GET / HTTP/1.1\" 200 1000", "not a JSON object"),
        ])
    func malformed(line: String, reason: String) {
        #expect { try LogLine(ArraySlice(line.utf8)) } throws: { "\($0)".contains(reason) }
    }

    @Test(
        "Only values of the grammar are read",
        arguments: [
            ("-0.5e+1", .number(-5)), ("0", .number(0)), ("\"\\u00e9\"", .text("\u{e9}")), ("+1", nil), ("01", nil),
            ("1.", nil), (".5", nil), ("1e", nil), ("-", nil), ("\"\\u+0AB\"", nil), ("\"\\u-000\"", nil),
        ] as [(String, JSONText?)])
    func grammar(text: String, expected: JSONText?) {
        #expect(JSONText(ArraySlice(text.utf8)) == expected)
    }

    @Test("Caddy's lines are read") func caddy() throws {
        let line = """
            {"level":"info","ts":1796019020.07,"logger":"http.log.access.log0","msg":"handled request","user_id":"","duration":0.03,\
            "size":50,"status":206,"resp_headers":{"X-Download-Id":["1"],"Server":["Caddy"],"Etag":["\\"\\u00e9\\""]}}
            """
        let lines = [Self.decision("1", at: 1_796_019_020, range: "0-49"), line]
        #expect(try Self.join(lines) == ["u 50/100 no 1"])
        let other = try LogLine(ArraySlice("{\"ts\":1,\"size\":5,\"status\":200,\"resp_headers\":{}}".utf8))
        #expect(other.time == nil)
    }

    @Test(
        "Times of logs",
        arguments: [
            ("2026-11-21T15:04:05.250Z", 1_795_273_445.25), ("2026-11-21T16:04:05+01:00", 1_795_273_445),
            ("2026-11-21T15:04:05", nil), ("2026-13-21T15:04:05Z", nil), ("yesterday at twelve o'clock", nil),
            ("2026-+1-21T15:04:05Z", nil), ("2026x11x21T15x04x05Z", nil), ("2026-11-21T15:04:05x01:00", nil),
            ("2026-11-21T15:04:05+01x00", nil),
        ] as [(String, Double?)])
    func times(text: String, expected: Double?) {
        #expect(LogTime.seconds(text) == expected)
        if let expected { #expect(LogTime.text(expected) == "2026-11-21T15:04:05Z") }
    }
}
