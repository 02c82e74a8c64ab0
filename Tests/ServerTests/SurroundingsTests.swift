import Glibc
import Testing

extension ServerTests {
    /// Unusual disks, clocks and locales.
    @Suite(.serialized) struct SurroundingsTests {
        @Test("A file with a time in the future, or long ago, is served like any other", arguments: Delivery.all)
        func dates(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                for (number, date) in ["2090-01-01", "1971-01-01", "tomorrow"].enumerated() {
                    let name = "dated-\(getpid())-\(number).txt"
                    let file = "\(site.root)/\(name)"
                    defer { unlink(file) }
                    try Files.write("dated \(date)", to: file)
                    let touch = try ChildProcess(
                        ["touch", "--date=\(date)", file], log: "\(site.directory)/touch.log")
                    #expect(try touch.waitForEnd() == .exited(0))
                    let answer = try site.client.get("/file/\(name)")
                    #expect(answer.status == 200 && answer.text == "dated \(date)")
                    let tag = try #require(answer.field("ETag"))
                    #expect(try site.client.get("/file/\(name)", ["If-None-Match": tag]).status == 304)
                    #expect(try site.client.get("/file/\(name)", ["Range": "bytes=0-4"]).text == "dated")
                    let resumed = try site.client.get("/file/\(name)", ["Range": "bytes=0-4", "If-Range": tag])
                    #expect(tag.hasPrefix("W/") ? resumed.status == 200 : resumed.status == 206, "\(date) \(tag)")
                }
            }
        }

        @Test("A locale affects neither names nor logs", arguments: ["C", "ja_JP.EUC-JP", "de_DE.ISO-8859-1", "tr_TR"])
        func locale(_ locale: String) throws {
            /// Returns the responses for all files, and the log without times and request numbers.
            func told(_ locale: String) throws -> [String] {
                let program = try RunningProgram.listening(["LANG": locale, "LC_ALL": locale, "LANGUAGE": locale])
                var told: [String] = []
                for name in Corpus.names {
                    let answer = try program.client().exchange(
                        "GET", "/hex/\(name.hexadecimal)?named", parameters: ["SENDFILE_BACKEND": "lighttpd"])
                    told.append("\(answer.status ?? 0) \(answer.fields) \(answer.body)")
                }
                _ = try program.client().exchange("GET", "/file/%C3%A9/missing%FF.txt")
                #expect(try program.stop() == .exited(0))
                let log = try Files.text(program.process.log).replacing(program.address.description, with: "socket")
                // The program may still count the last request when its response has arrived and the signal follows.
                let lines = log.split(separator: "\n").filter { !$0.contains("stopping: waiting for 1 request") }
                return told
                    + lines.map { line in
                        line.drop { $0 != " " }.split(separator: " ").filter { !$0.hasPrefix("request=") }
                            .joined(separator: " ")
                    }
            }
            let here = try told(locale)
            let expected = try told("C.UTF-8")
            #expect(here == expected, "\(here.difference(from: expected))")
        }

        @Test("A full disk of the access log does not prevent a download") func fullLog() throws {
            let program = try RunningProgram.listening(["FASTCGI_ACCESS_LOG": "/dev/full"])
            for _ in 0..<20 {
                let answer = try program.client().exchange("GET", "/file/plain.txt")
                #expect(answer.status == 200 && answer.body == Corpus.content(of: "plain.txt"))
            }
            try program.waitForLog("/dev/full")
            #expect(try program.stop() == .exited(0))
        }
    }

    /// A directory below the root that is a separate file system.
    @Suite(.serialized, .onMachines) struct DiskTests {
        private static let disk = "\(Machine.root)/disk"

        @Test(
            "Files on a full, read-only, unmounted or remounted disk have correct responses",
            arguments: MachineRequirements.releases,
            [false, true])
        func disk(_ release: Release, streams: Bool) throws {
            let site = try MachineSite(Delivery(server: .nginx, streams: streams, release: release))
            try withLogs(of: site) { site in
                let machine = site.machine
                let mount = "mount -t tmpfs -o size=24m,mode=755 tmpfs \(Self.disk)"
                let fill =
                    "head -c 16777216 /dev/zero >\(Self.disk)/large; echo small >\(Self.disk)/small; "
                    + "touch --date=yesterday \(Self.disk)/*"
                try machine.run("mkdir -p \(Self.disk); \(mount); \(fill)")
                defer { _ = try? machine.run("umount -l \(Self.disk)") }
                func small() throws -> String {
                    let answer = try site.client.get("/file/disk/small")
                    return "\(answer.status) \(answer.text.prefix(6))"
                }
                #expect(try small() == "200 small\n")

                #expect(try machine.attempt("cat /dev/zero >\(Self.disk)/filling").end != .exited(0))
                #expect(try small() == "200 small\n")
                let body = [UInt8](repeating: 1, count: 1 << 20)
                #expect(try site.client.send("POST", "/count", body: .bytes(body)).text == "\(body.count)")

                try machine.run("mount -o remount,ro \(Self.disk)")
                #expect(try small() == "200 small\n")
                // A file that cannot be deleted was still sent.
                let deleted = try site.client.get("/with/delete/disk/small")
                #expect(deleted.status == 200 && deleted.text == "small\n", "\(deleted.status)")
                #expect(try small() == "200 small\n")

                // A download continues while its disk is unmounted.
                let socket = try Socket.connected(to: .loopback(port: site.client.port), in: machine.network)
                try socket.send("GET /file/disk/large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)
                var received = try socket.receive(atMost: 4096).count
                try machine.run("umount -l \(Self.disk)")
                while case let more = try socket.receive(), !more.isEmpty { received += more.count }
                #expect(received > 16 << 20)
                #expect(try small().hasPrefix("404 "))
                #expect(try site.client.get("/file/plain.txt").status == 200)

                try machine.run("\(mount); \(fill)")
                #expect(try small() == "200 small\n")
            }
        }
    }
}
