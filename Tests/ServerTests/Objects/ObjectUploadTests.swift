import Glibc
import Testing

extension ServerTests {
    /// Uploads of clients through nginx and the program.
    @Suite(.serialized) struct ObjectUploadTests {
        private static let protocols = ["s3", "sha256"]

        private static let site = Result {
            // nginx passes a body on as it arrives.
            try ObjectSite(
                title: "uploads to a store",
                settings: ObjectRoute.nginx.plain.merging([
                    "fastcgi_keep_conn on;": "fastcgi_keep_conn on; fastcgi_request_buffering off;"
                ]) {
                    $1
                })
        }

        private static func target(_ key: String, _ name: String) -> String {
            "/changes\(ObjectSite.target(key, name))"
        }

        @Test("A large body arrives, is sent again as a download, and is deleted", arguments: protocols) func large(
            name: String
        ) throws {
            try withLogs(of: Self.site.get()) { site in
                let program = ProcessStatistics(pid: site.processes[0].pid)
                let key = "uploaded-\(name) \u{fc}?.bin"
                let long = ObjectPutTests.bytes(60 << 20)
                let short = Array(long.prefix(20 << 20))
                func chunked(_ bytes: [UInt8]) -> HTTPClient.Body {
                    .chunked(stride(from: 0, to: bytes.count, by: 1 << 20).map { Array(bytes[$0..<($0 + 1 << 20)]) })
                }
                var peaks: [Int] = []
                for (content, body) in [
                    (short, HTTPClient.Body.bytes(short)), (short, chunked(short)), (long, chunked(long)),
                ] {
                    let answer = try site.client.send(
                        "PUT", Self.target(key, name), ["Content-Type": "image/x-test"], body: body)
                    #expect(answer.status == 201 && answer.text.hasPrefix("\(content.count) \""), "\(answer.text)")
                    let object = try ObjectStoreServer.shared.object("team/\(key)")
                    #expect(object.field("Content-Type") == "image/x-test" && object.body == content)
                    let download = try site.client.get(ObjectSite.target(key, name, query: "asked=60"))
                    #expect(download.status == 200 && download.body == content)
                    peaks.append(try program.peakMemory)
                }
                // Several parts are in memory at a time, but a longer body needs no more of them.
                let growth = peaks[2] - peaks[1]
                if !Sanitizer.isPresent { #expect(growth < long.count - short.count) }
                #expect(try site.client.send("DELETE", Self.target(key, name)).status == 204)
                #expect(try site.client.get(ObjectSite.target(key, name, query: "asked=60")).status == 404)
            }
        }

        @Test(
            "A client that disconnects in the middle leaves nothing behind", arguments: protocols, [1 << 20, 25 << 20])
        func disconnected(name: String, sent: Int) throws {
            try withLogs(of: Self.site.get()) { site in
                let key = "disconnected-\(name)-\(sent)"
                let logs = try site.logsFromNow()
                var socket: Socket? = try Socket.connected(to: .loopback(port: site.client.port))
                let head = "PUT \(Self.target(key, name)) HTTP/1.1\r\nHost: x\r\nContent-Length: \(40 << 20)\r\n\r\n"
                try socket?.send(Array(head.utf8) + ObjectPutTests.bytes(sent))
                if name == "s3", sent > 8 << 20 {
                    try Deadline.wait("a part is in the store") {
                        try !ObjectStoreServer.shared.parts(beginningWith: "team/\(key)").isEmpty
                    }
                }
                socket = nil
                try Deadline.wait("the program ends the request") { try !logs().isEmpty }
                try Deadline.wait("nothing is left") {
                    try ObjectStoreServer.shared.everything(beginningWith: "team/\(key)").isEmpty
                }
            }
        }
    }
}
