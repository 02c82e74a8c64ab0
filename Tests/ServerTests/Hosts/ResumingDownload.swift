import Glibc

/// A download that continues where the connection ended, as browsers and curl do.
struct ResumingDownload {
    /// The bytes differ from those of the file: never the fault of a server that failed.
    struct WrongBytes: Error {}

    let client: HTTPClient
    let target: String
    let tag: String
    let content: [UInt8]

    /// Downloads the file.
    ///
    /// - Returns: The servers whose responses were incomplete, in order; empty if the first response was complete.
    /// - Throws: A response that is an error, is none, or contains wrong bytes.
    func run() throws -> [String] {
        var cuts: [String] = []
        var position = 0
        while cuts.count < 20 {
            let socket = try Socket.connected(
                to: .host(self.client.host, port: self.client.port), in: self.client.network)
            var request = "GET \(self.target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            if position > 0 { request += "Range: bytes=\(position)-\r\nIf-Range: \(self.tag)\r\n" }
            try socket.send("\(request)\r\n".utf8)
            var reader = ByteReader(socket)
            let head = try HTTPAnswer.head(&reader)
            guard head.status == (position > 0 ? 206 : 200) else { throw Failure("status \(head.status)") }
            guard head.field("ETag") == self.tag, let instance = head.field("Instance"),
                head.field("Content-Length") == String(self.content.count - position)
            else { throw Failure("fields: \(head.fields)") }
            do {
                try reader.pass(self.content.count - position) { piece in
                    guard self.has(piece, at: position) else { throw WrongBytes() }
                    position += piece.count
                }
                return cuts
            } catch let error as WrongBytes {
                throw error
            } catch {
                cuts.append(instance)
            }
        }
        throw Failure("incomplete after 20 responses")
    }

    private func has(_ piece: ArraySlice<UInt8>, at position: Int) -> Bool {
        piece.withUnsafeBytes { piece in
            self.content.withUnsafeBytes { memcmp($0.baseAddress! + position, piece.baseAddress!, piece.count) == 0 }
        }
    }
}
