import Glibc
import Testing

extension ServerTests {
    /// Logs that do not take their lines: a file system that hangs, and a pipe whose reader is stopped.
    ///
    /// The program has two workers, and none is replaced: a request that waited for a log would never be answered.
    @Suite(.serialized) struct HangingLogTests {
        private static let environment = Sanitizer.environmentWithoutLeaks.merging([
            "FASTCGI_WORKERS": "2", "FASTCGI_SPARE_WORKERS": "0",
        ]) { $1 }

        /// A number of the status response.
        private static func number(_ name: String, _ client: FastCGIClient) throws -> Int {
            let status = try JSON(client.exchange("GET", "/status", keepConnection: true).body.dropLast())
            guard case .number(let digits)? = status[name], let number = Int(digits) else {
                throw Failure("no \(name) in the status")
            }
            return number
        }

        @Test(
            "An access log on a file system that hangs delays no request, and its lost lines are counted and logged",
            .onFailingDisks, arguments: ["write hang", "getattr hang"])
        func hangingAccessLog(rule: String) throws {
            let disk = try FailingDisk()
            defer { try? disk.unmount() }
            let program = try RunningProgram.listening(
                Self.environment.merging(["FASTCGI_ACCESS_LOG": "\(disk.path)/access.jsonl"]) { $1 })
            let client = try program.client()
            // Each line has the path of the request twice.
            let long = String(repeating: "x", count: 15_000)
            try disk.fail(rule)
            let count = 300
            for number in 0..<count {
                #expect(try client.exchange("GET", "/file/\(number)/\(long)", keepConnection: true).status == 404)
            }
            #expect(disk.slowCalls > 0)
            let lost = try Self.number("access_log_lost", client)
            #expect(lost > 0 && lost < count)
            try program.waitForLog("does not take its lines: its file system is too slow, or hangs")

            try disk.fail("")
            try program.waitForLog("is written again; lines lost so far: \(lost)")
            #expect(try client.exchange("GET", "/file/last", keepConnection: true).status == 404)
            #expect(try program.stop() == .exited(0))
            let lines = try Files.read("\(disk.directory)/access.jsonl").split(separator: UInt8(ascii: "\n"))
            let paths = try lines.map { try JSON($0)["path"] }
            // The queue keeps the first lines.
            #expect(paths == (0..<count - lost).map { .text("/file/\($0)/\(long)") } + [.text("/file/last")])
        }

        @Test(
            "The memory of lines that waited returns to the kernel, each time that the file system hangs",
            .onFailingDisks, .disabled(if: Sanitizer.isPresent, "a sanitizer replaces the allocator"))
        func memoryOfLines() throws {
            let disk = try FailingDisk()
            defer { try? disk.unmount() }
            let program = try RunningProgram.listening(
                Self.environment.merging(["FASTCGI_ACCESS_LOG": "\(disk.path)/access.jsonl"]) { $1 })
            let client = try program.client()
            let path = "/file/\(String(repeating: "x", count: 15_000))"
            #expect(try client.exchange("GET", path, keepConnection: true).status == 404)
            let memory = try program.statistics.privateMemory
            for round in 0..<4 {
                try disk.fail("write hang")
                for _ in 0..<150 { _ = try client.exchange("GET", path, keepConnection: true) }
                #expect(try program.statistics.privateMemory > memory + 3 << 20)
                try disk.fail("")
                try Deadline.wait("the memory returns to the kernel in round \(round)") {
                    try program.statistics.privateMemory < memory + 1 << 20
                }
            }
            #expect(try Self.number("access_log_lost", client) > 0)
            #expect(try program.stop() == .exited(0))
        }

        @Test("A server whose access log hangs ends in its time", .onFailingDisks)
        func endWithHangingAccessLog() throws {
            let disk = try FailingDisk()
            defer { try? disk.unmount() }
            let program = try RunningProgram.listening(
                Self.environment.merging(["FASTCGI_ACCESS_LOG": "\(disk.path)/access.jsonl"]) { $1 })
            try disk.fail("write hang")
            #expect(try program.client().exchange("GET", "/file/plain.txt").status == 200)
            try Deadline.wait("the log hangs") { disk.slowCalls > 0 }
            program.process.signal(SIGTERM)
            // The kernel does not end a thread whose call a FUSE process has taken and not answered. All others end.
            try Deadline.wait("the server has ended") {
                // A thread may end while the names are read.
                guard let threads = try? program.statistics.threadNames else { return false }
                return !threads.contains("fastcgi-worker") && !threads.contains("fastcgi-program")
            }
            try disk.fail("")
            #expect(try program.process.waitForEnd() == .exited(0))
        }

        @Test("All lines of the access log are written before a program ends after SIGTERM")
        func endWithAccessLog() throws {
            let file = "\(try Workspace.shared.makeDirectory("access"))/access.jsonl"
            let program = try RunningProgram.listening(["FASTCGI_ACCESS_LOG": file])
            let client = try program.client()
            for _ in 0..<500 {
                #expect(try client.exchange("GET", "/file/plain.txt", keepConnection: true).status == 200)
            }
            #expect(try program.stop() == .exited(0))
            #expect(try Files.read(file).count { $0 == UInt8(ascii: "\n") } == 500)
        }

        @Test(
            "Standard error that nothing reads delays neither a request nor the end, and its lost lines are counted",
            arguments: [false, true])
        func fullPipe(isReadAgain: Bool) throws {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw Failure.system("pipe") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            defer { close(ends[0]) }
            let address = Address.unix(path: "\(try Workspace.shared.makeDirectory("program"))/program.sock")
            let settings = ["FASTCGI_LISTEN": address.description, "FASTCGI_REQUEST_LOG_LEVEL": "info"]
            let process = try RunningProgram.start(
                environment: Self.environment.merging(settings) { $1 }, descriptors: [2: ends[1]])
            close(ends[1])
            let program = RunningProgram(process: process, address: address)
            try program.waitUntilListening()
            let client = try program.client()
            let long = String(repeating: "x", count: 700)
            let count = 2000
            for number in 0..<count {
                let answer = try client.exchange("GET", "/none/\(number)/\(long)", keepConnection: true)
                #expect(answer.status == 404)
            }
            let lost = try Self.number("log_lost", client)
            #expect(lost > 0 && lost < count)
            if isReadAgain {
                var text = ""
                while !text.hasSuffix("lines lost so far: \(lost)\n") { text += try Self.read(ends[0]) }
                // Each line is whole. The first line says where the program listens.
                let lines = text.split(separator: "\n").filter { $0.contains(" path=/none/") }
                #expect(lines.count >= count - lost - 2)
                #expect(lines.allSatisfy { $0.hasSuffix(" status=404") })
            }
            #expect(try program.stop() == .exited(0))
        }

        private static func read(_ descriptor: Int32) throws -> String {
            var more = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&more, 1, Int32(1000 * Socket.patience)) == 1 else { throw Failure("the log says nothing") }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            return String(decoding: buffer[..<Glibc.read(descriptor, &buffer, buffer.count)], as: UTF8.self)
        }
    }
}
