import Glibc
import Testing

/// `sendfile-gate downloads` as a program: its input, its output and its exit status.
@Suite struct DownloadsProgramTests {
    private static func decision(_ id: String, _ file: String, user: String = "ada", size: Int = 100) -> String {
        """
        {"time":"2026-11-21T15:04:05.250Z","request":1,"download":"\(id)","user":"\(user)","client":"192.0.2.1","file":"\(file)",\
        "range":null,"bytes":\(size),"size":\(size),"etag":"a","delivery":"nginx","sent":null,"complete":null,"milliseconds":0.1}

        """
    }

    private static func end(_ id: String, _ bytes: Int, _ end: String = "OK") -> String {
        "{\"download\":\"\(id)\",\"time\":1795273446.5,\"status\":200,\"bytes\":\(bytes),\"end\":\"\(end)\"}\n"
    }

    /// Two files with these lines.
    private static func logs(_ program: String, _ server: String) throws -> [String] {
        let directory = try Workspace.shared.makeDirectory("logs")
        let paths = ["\(directory)/access.jsonl", "\(directory)/nginx.jsonl"]
        try Files.write(program, to: paths[0])
        try Files.write(server, to: paths[1])
        return paths
    }

    @Test("The table, JSON and CSV have a line for each download") func formats() throws {
        let logs = try Self.logs(
            Self.decision("1", "q3.pdf") + Self.decision("2", "a,\\\"b\\\".txt", user: "bob")
                + Self.decision("3", "\\u001b[31mred", user: "eve\\u202e"),
            Self.end("1", 100) + Self.end("2", 40, "") + Self.end("3", 100))
        let table = try GateRun(["downloads"] + logs)
        #expect(table.end == .exited(0), "\(table.errors)")
        let rows = table.output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(rows.map(\.count) == [9, 8, 8, 8])
        #expect(
            Set(rows.dropFirst().map { "\($0[1]) \($0[2]) \($0[3]) \($0[5])" }.filter { !$0.contains("eve") }) == [
                "yes 100 100 ada", "no 40 100 bob",
            ])
        // A name cannot change the terminal.
        #expect(!table.output.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })

        let csv = try GateRun(["downloads", "--csv"] + logs)
        let lines = csv.output.split(separator: "\r\n")
        #expect(lines.first == "first,last,user,client,file,size,received,complete,requests,grant,key")
        #expect(lines.contains("2026-11-21T15:04:05Z,2026-11-21T15:04:06Z,ada,192.0.2.1,q3.pdf,100,100,yes,1,,"))
        #expect(
            lines.contains("2026-11-21T15:04:05Z,2026-11-21T15:04:06Z,bob,192.0.2.1,\"a,\"\"b\"\".txt\",100,40,no,1,,"))

        let json = try GateRun(["downloads", "--json"] + logs.reversed())
        let downloads = try json.output.split(separator: "\n").map { try JSON(Array($0.utf8)) }
        #expect(Set(downloads.compactMap { $0["file"]?.text }) == ["q3.pdf", "a,\"b\".txt", "\u{1B}[31mred"])
    }

    @Test("Invalid lines are named by file and line, and the others count") func invalidLines() throws {
        let logs = try Self.logs(
            "junk\n\n" + Self.decision("1", "q3.pdf") + String(repeating: "x", count: 70_000) + "\n",
            "127.0.0.1 - - \"GET \u{1B}[31m HTTP/1.1\" 200\n" + Self.end("1", 100) + "{\"download\":\"2\"}\n"
                + Self.end("9", 1)
                + String(repeating: "{}\n", count: 20) + "{\"download\":\"3\",\"time\":1")
        let run = try GateRun(["downloads", "--json"] + logs)
        #expect(run.end == .exited(65))
        #expect(run.output.contains("\"complete\":true"))
        for message in [
            "\(logs[0]):1: the line is skipped: it is not a JSON object: junk",
            "\(logs[0]):4: the line is skipped: it has more than 65536 bytes",
            "\(logs[1]):1: the line is skipped: it is not a JSON object",
            "\(logs[1]):3: the line is skipped: its time, \"status\" or \"bytes\" is missing or invalid",
            "\(logs[0]): skipped lines: 2", "\(logs[1]): skipped lines: 23",
            "web servers have logged 1 responses that the access log of the program does not have",
        ] {
            #expect(run.errors.contains(message), "\(message) in \(run.errors)")
        }
        #expect(!run.errors.contains("\u{1B}"))
        // Of many invalid lines, the first ones are shown.
        #expect(run.errors.split(separator: "\n").count == 2 + 5 + 2 + 1)
    }

    @Test(
        "Input that cannot be read has a message and an exit status",
        arguments: [
            (
                ["/nowhere/a.jsonl"], 66,
                "the log is \"/nowhere/a.jsonl\", which cannot be read: No such file or directory"
            ),
            (["/tmp"], 66, "the log is \"/tmp\", which cannot be read: Is a directory"),
            (["a", "a"], 64, "a log is named twice"),
            (["--json", "--csv", "/dev/null"], 64, "--json and --csv exclude each other"),
            (["--window", "soon", "/dev/null"], 64, "--window is \"soon\", which is not a time"),
            (["--follow", "-"], 64, "--follow needs regular files, which \"-\" is not"), ([], 64, "log"),
        ] as [([String], Int32, String)])
    func unreadable(arguments: [String], status: Int32, message: String) throws {
        let run = try GateRun(["downloads"] + arguments)
        #expect(run.end == .exited(status))
        #expect(run.errors.contains(message), "\(run.errors)")
        #expect(run.output.isEmpty)
    }

    @Test("A compressed log is refused with the way to read it") func compressed() throws {
        let directory = try Workspace.shared.makeDirectory("logs")
        try Files.write([0x1F, 0x8B, 8, 0, 1, 2, 3], to: Array("\(directory)/a.gz".utf8))
        let run = try GateRun(["downloads", "\(directory)/a.gz"])
        #expect(run.end == .exited(66))
        #expect(run.errors.contains("which is compressed: pass it as zcat FILE | sendfile-gate downloads - OTHER"))
    }

    @Test("Downloads are followed while both logs grow, are renamed and are truncated") func follow() throws {
        let logs = try Self.logs(Self.decision("1", "first"), Self.end("1", 100))
        let output = try Workspace.shared.makeDirectory("follow") + "/output"
        let process = try ChildProcess(
            [try Workspace.shared.gate, "downloads", "--json", "--follow", "--window", "1d"] + logs, log: output)
        func append(_ text: String, to path: String) throws {
            let descriptor = open(path, O_WRONLY | O_APPEND)
            guard descriptor >= 0 else { throw Failure.system("open \(path)") }
            defer { close(descriptor) }
            #expect(Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count)
        }
        func wait(_ file: String, complete: Bool? = true) throws {
            try Deadline.wait("\(file) is in the output: \(try Files.text(output))") {
                try Files.text(output).split(separator: "\n").contains {
                    let download = try JSON(Array($0.utf8))
                    return download["file"] == .text(file)
                        && download["complete"] == complete.map { .flag($0) } ?? .null
                }
            }
        }
        try wait("first")
        // Both orders, with half a line in between.
        let (line, half) = (Self.end("2", 100), Self.end("2", 100).utf8.count / 2)
        try append(String(line.prefix(half)), to: logs[1])
        try append(Self.decision("2", "second"), to: logs[0])
        try append(String(line.dropFirst(half)), to: logs[1])
        try wait("second")
        // The writer continues with the old file until it is told.
        #expect(rename(logs[1], "\(logs[1]).1") == 0)
        try Files.write("", to: logs[1])
        try append(Self.decision("3", "third") + Self.decision("4", "fourth"), to: logs[0])
        try append(Self.end("3", 100), to: "\(logs[1]).1")
        try wait("third")
        try append(Self.end("4", 100), to: logs[1])
        try wait("fourth")
        // As copytruncate does.
        #expect(truncate(logs[0], 0) == 0)
        try append(Self.decision("5", "fifth"), to: logs[0])
        try append(Self.end("5", 100), to: logs[1])
        try wait("fifth")
        try append(Self.decision("6", "sixth"), to: logs[0])
        process.signal(SIGTERM)
        #expect(try process.waitForEnd() == .exited(0))
        try wait("sixth", complete: nil)
        #expect(try Files.text(output).split(separator: "\n").count == 6)
    }
}
