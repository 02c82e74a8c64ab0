import Glibc
import Testing

extension ServerTests {
    /// The access log, written by several processes behind one web server while the log is rotated.
    @Suite struct AccessLogRotationTests {
        /// Downloads a file for each of many users, while the log is moved away repeatedly.
        private static func download(_ site: Site, log: String, users: Int, rotations: Int, creating: Bool) throws {
            let client = site.client
            let load = Load(clients: 6, requests: users) { number in
                let fields = ["Cookie": "user=u\(number)", "Range": "bytes=0-3"]
                let answer = try client.get("/file/plain.txt?signature=secret", fields)
                guard answer.status == 206, answer.body == Array(Corpus.content(of: "plain.txt").prefix(4)) else {
                    throw Failure("user \(number): \(answer.status) \(answer.text)")
                }
            }
            for rotation in 0..<rotations {
                load.wait(forMore: users / (rotations + 2))
                guard rename(log, "\(log).\(rotation)") == 0 else { throw Failure.system("rename \(log)") }
                if creating {
                    let descriptor = open(log, O_WRONLY | O_CREAT, 0o640)
                    guard descriptor >= 0 else { throw Failure.system("make \(log)") }
                    fchown(descriptor, 33, 33)
                    close(descriptor)
                }
            }
            try load.finish()
        }

        /// Reads all files of a log: each line is complete, and each user's line occurs once.
        private static func check(_ directory: String, users: Int, delivery: String, files: Int) throws {
            var seen: [String: Int] = [:]
            var requests: Set<String> = []
            var filled = 0
            for name in try Files.names(in: directory) where name.hasPrefix("access.jsonl") {
                let bytes = try Files.read("\(directory)/\(name)")
                #expect(bytes.isEmpty || bytes.last == UInt8(ascii: "\n"))
                if !bytes.isEmpty { filled += 1 }
                for line in bytes.split(separator: UInt8(ascii: "\n")) {
                    let record = try JSON(line)
                    seen[record["user"]?.text ?? "nobody", default: 0] += 1
                    requests.insert("\(record["request"] ?? .null)")
                    #expect(record["path"] == .text("/file/plain.txt"))
                    #expect(record["file"] == .text("plain.txt"))
                    #expect(record["client"] == .text("127.0.0.1"))
                    #expect(record["status"] == .number("206"))
                    #expect(record["range"] == .text("0-3"))
                    #expect(record["delivery"] == .text(delivery))
                }
            }
            #expect(seen.count == users)
            #expect(seen.values.allSatisfy { $0 == 1 })
            #expect(filled == files)
            // Each process counts its own requests: several processes served some.
            #expect(requests.count < users)
        }

        @Test("Three programs behind nginx lose no line while their log is rotated", arguments: [true, false])
        func nginx(creating: Bool) throws {
            let directory = try Workspace.shared.makeDirectory("access")
            let log = "\(directory)/access.jsonl"
            let addresses = (0..<3).map { Address.unix(path: "\(directory)/\($0).sock") }
            let environment = ["FASTCGI_SOCKET_MODE": "0666", "FASTCGI_ACCESS_LOG": log]
            let programs = try addresses.map { try RunningProgram.listening(on: $0, environment) }
            let servers = addresses.map(\.description).joined(separator: "; server unix:")
            let site = try Site(Delivery(server: .nginx, streams: false), socket: servers)
            try Self.download(site, log: log, users: 2000, rotations: 8, creating: creating)
            try site.stop()
            for program in programs { #expect(try program.stop() == .exited(0)) }
            try Self.check(directory, users: 2000, delivery: "nginx", files: 9)
        }

        @Test("Three programs that lighttpd starts lose no line while their log is rotated", arguments: [true, false])
        func lighttpd(creating: Bool) throws {
            let directory = try Workspace.shared.makeDirectory("access")
            let log = "\(directory)/access.jsonl"
            let environment = "\"SENDFILE_BACKEND\" => \"lighttpd\","
            let site = try Site(
                Delivery(server: .lighttpd, streams: false),
                settings: [
                    "\"max-procs\" => 1": "\"max-procs\" => 3",
                    environment: "\(environment)\n\"FASTCGI_ACCESS_LOG\" => \"\(log)\",",
                ])
            try Self.download(site, log: log, users: 2000, rotations: 8, creating: creating)
            try site.stop()
            try Self.check(directory, users: 2000, delivery: "lighttpd", files: 9)
        }

        @Test("An incomplete line on a full disk does not mix with another line, and no response is lost")
        func torn() throws {
            let directory = try Workspace.shared.makeDirectory("access")
            let log = "\(directory)/access.jsonl"
            let program = try RunningProgram.listening(
                ["FASTCGI_ACCESS_LOG": log], wrapper: ["bash", "-c", "trap '' XFSZ; exec \"$0\""])
            // A limit on the file size stands in for a full disk: part of a line is written, and then nothing more.
            let limit = try ChildProcess(
                ["prlimit", "--pid", String(program.process.pid), "--fsize=1024"], log: "\(directory)/prlimit.log")
            #expect(try limit.waitForEnd() == .exited(0))
            let client = try program.client()
            func download(_ count: Int) throws {
                for _ in 0..<count {
                    let answer = try client.exchange("GET", "/file/plain.txt", keepConnection: true)
                    guard answer.body == Corpus.content(of: "plain.txt") else { throw Failure(answer.text) }
                }
            }
            try download(10)
            try Deadline.wait("7 lines are lost") {
                try client.exchange("GET", "/status", keepConnection: true).text.contains("\"access_log_lost\":7")
            }
            let full = try Files.read(log)
            #expect(full.count == 1024)
            // The disk has space again. The incomplete line remains and is terminated.
            let lineEnd = try #require(full.firstIndex(of: UInt8(ascii: "\n")))
            truncate(log, off_t(lineEnd + 1 + 19))
            try download(1)
            #expect(try program.stop() == .exited(0))
            let lines = try Files.read(log).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            #expect(lines.map(\.isEmpty) == [false, false, false, true])
            #expect(lines[1].count == 19)
            for index in [0, 2] { #expect(try JSON(lines[index])["status"] == .number("200")) }
        }
    }
}
