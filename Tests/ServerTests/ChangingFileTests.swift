import Glibc
import Testing

extension ServerTests {
    /// Files that are replaced, truncated or extended while they are sent.
    @Suite(.serialized) struct ChangingFileTests {
        enum Change: String, CaseIterable, Sendable, CustomTestStringConvertible {
            case move = "mv"
            case rsync
            case rsyncInPlace = "rsync --inplace"
            case truncate
            case grow
            case remove = "rm"
            case overwriteByLonger = "cat over it, longer"
            case overwriteAByte = "dd conv=notrunc"
            case chmod
            case link = "ln"

            var testDescription: String { self.rawValue }

            func command(_ file: String, other: String) -> [String] {
                switch self {
                case .move: ["mv", other, file]
                case .rsync: ["rsync", "--times", "--ignore-times", other, file]
                case .rsyncInPlace: ["rsync", "--inplace", "--whole-file", "--ignore-times", other, file]
                case .truncate: ["truncate", "--size=\(ChangingFileTests.size / 2)", file]
                case .grow: ["sh", "-c", "cat '\(other)' >>'\(file)'"]
                case .remove: ["rm", file]
                case .overwriteByLonger: ["sh", "-c", "cat '\(other)' '\(other)' 1<>'\(file)'"]
                case .overwriteAByte:
                    ["sh", "-c", "printf b | dd of='\(file)' bs=1 seek=\(ChangingFileTests.size - 8192) conv=notrunc"]
                case .chmod: ["chmod", "0664", file]
                case .link: ["ln", file, "\(file).link"]
                }
            }

            /// Whether the opened file keeps its content.
            var keepsVersion: Bool {
                switch self {
                case .move, .rsync, .remove, .grow, .chmod, .link: true
                case .rsyncInPlace, .truncate, .overwriteByLonger, .overwriteAByte: false
                }
            }
        }

        /// More than all buffers between the file and the client can hold.
        static let size = 32 << 20

        /// Whether the bytes are all "a".
        private static func isAllOneLetter(_ bytes: ArraySlice<UInt8>) -> Bool {
            bytes.first == UInt8(ascii: "a")
                && bytes.withUnsafeBytes { memcmp($0.baseAddress!, $0.baseAddress! + 1, $0.count - 1) } == 0
        }

        private static let deliveries = Delivery.all.filter { $0.server != .apacheLocalRedirect }

        @Test(
            "A client receives the announced length of one version, or sees that the response is incomplete",
            arguments: Self.deliveries, Change.allCases)
        func change(_ delivery: Delivery, _ change: Change) throws {
            try withSite(delivery) { site in
                let name = "changing-\(getpid()).bin"
                let file = "\(site.root)/\(name)"
                let other = "\(site.root)/.\(name).new"
                defer { for path in [file, other, "\(file).link"] { unlink(path) } }
                try Files.write([UInt8](repeating: UInt8(ascii: "a"), count: Self.size), to: file.utf8)
                try Files.write([UInt8](repeating: UInt8(ascii: "b"), count: Self.size), to: other.utf8)

                let socket = try Socket.connected(to: .loopback(port: site.port))
                try socket.send("GET /file/\(name) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)
                var received = try socket.receive(atMost: 4096)
                let log = "\(try Workspace.shared.makeDirectory("change"))/log"
                let process = try ChildProcess(change.command(file, other: other), log: log)
                let done = try process.waitForEnd()
                #expect(done == .exited(0), "\(log)")
                // A reset connection is an incomplete response, too.
                while let more = try? socket.receive(atMost: 1 << 20), !more.isEmpty { received += more }

                let end = try #require(received.firstRange(of: Array("\r\n\r\n".utf8)))
                let head = String(decoding: received[..<end.lowerBound], as: UTF8.self).lowercased()
                #expect(head.hasPrefix("http/1.1 200 ") && head.contains("content-length: \(Self.size)"), "\(head)")
                let body = received[end.upperBound...]
                let isWhole = body.count == Self.size
                let isOneVersion = Self.isAllOneLetter(body)
                let seen =
                    "\(delivery.testDescription), \(change.rawValue): \(body.count) bytes, one version: \(isOneVersion)"
                if change.keepsVersion {
                    #expect(isWhole && isOneVersion, "\(seen)")
                } else if change == .truncate {
                    // mod_fcgid appends its page for 500 to the bytes already sent.
                    let page = delivery.streams && delivery.server == .apacheFcgid ? 4096 : 0
                    #expect(body.count < Self.size && Self.isAllOneLetter(body.dropLast(page)), "\(seen)")
                } else if delivery.streams {
                    // The last bytes are not sent, so that the client sees that the response is incomplete.
                    #expect(body.count < Self.size, "\(seen)")
                } else {
                    #expect(body.count <= Self.size, "\(seen)")
                }
                // The server is unharmed, and the next client receives the current file.
                let next = try site.client.get("/file/\(name)", ["Range": "bytes=0-9"])
                let letter: UInt8? =
                    switch change {
                    case .move, .rsync, .rsyncInPlace, .overwriteByLonger: UInt8(ascii: "b")
                    case .truncate, .grow, .overwriteAByte, .chmod, .link: UInt8(ascii: "a")
                    case .remove: nil
                    }
                #expect(next.status == (letter == nil ? 404 : 206))
                if let letter { #expect(next.body == [UInt8](repeating: letter, count: 10)) }
            }
        }

        @Test("A replaced file is sent at once, under its own ETag", arguments: Delivery.all)
        func replaced(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let name = "replaced-\(getpid()).bin"
                let file = "\(site.root)/\(name)"
                defer { unlink(file) }
                var tags: Set<String> = []
                for number in 0..<4 {
                    // Both files have the same size and an old modification time, as after a deployment.
                    try Files.write("version \(number)", to: "\(file).new")
                    let touch = try ChildProcess(
                        ["touch", "--date=@\(1_600_000_000 - number)", "\(file).new"],
                        log: "\(site.directory)/touch.log")
                    #expect(try touch.waitForEnd() == .exited(0))
                    #expect(rename("\(file).new", file) == 0)
                    let answer = try site.client.get("/file/\(name)")
                    #expect(answer.text == "version \(number)")
                    tags.insert(try #require(answer.field("ETag")))
                }
                #expect(tags.count == 4)
            }
        }
    }
}
