import Glibc

/// A download that continues where the connection ended, as browsers and curl do.
struct ResumingDownload {
    /// The bytes differ from those of the file: never the fault of a server that failed.
    struct WrongBytes: Error {}

    /// The result of a download that succeeded.
    struct Outcome: Sendable {
        /// The application servers whose responses were incomplete, in order.
        var cuts: [String] = []
        /// How often the client took the next address, because it got no response.
        var moves = 0
    }

    /// The addresses that the client knows. It takes the next one if it gets no response, or an incomplete one.
    let addresses: [HTTPClient]
    let target: String
    let tag: String
    let content: [UInt8]

    /// Downloads the file.
    ///
    /// - Throws: A response that is an error, contains wrong bytes, or does not come from any address.
    func run() throws -> Outcome {
        var outcome = Outcome()
        var position = 0
        var (turn, silent) = (0, 0)
        while outcome.cuts.count < 20 {
            let address = self.addresses[turn % self.addresses.count]
            turn += 1
            let response: (head: HTTPAnswer, rest: ByteReader)
            do { response = try self.request(from: position, of: address) } catch {
                silent += 1
                guard silent < self.addresses.count else { throw error }
                outcome.moves += 1
                continue
            }
            silent = 0
            let head = response.head
            var reader = response.rest
            guard head.status == (position > 0 ? 206 : 200) else { throw Failure("status \(head.status)") }
            guard head.field("ETag") == self.tag, let instance = head.field("Instance"),
                head.field("Content-Length") == String(self.content.count - position)
            else { throw Failure("fields: \(head.fields)") }
            do {
                try reader.pass(self.content.count - position) { piece in
                    guard self.content.has(piece, at: position) else { throw WrongBytes() }
                    position += piece.count
                }
                return outcome
            } catch let error as WrongBytes {
                throw error
            } catch {
                outcome.cuts.append(instance)
            }
        }
        throw Failure("incomplete after 20 responses")
    }

    private func request(
        from position: Int, of address: HTTPClient
    ) throws -> (head: HTTPAnswer, rest: ByteReader) {
        let socket = try Socket.connected(to: .host(address.host, port: address.port), in: address.network)
        var request = "GET \(self.target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        if position > 0 { request += "Range: bytes=\(position)-\r\nIf-Range: \(self.tag)\r\n" }
        try socket.send("\(request)\r\n".utf8)
        var reader = ByteReader(socket)
        return (try HTTPAnswer.head(&reader), reader)
    }
}

extension [UInt8] {
    /// Whether the bytes from a position on are those of a piece. Much faster than `elementsEqual` in a debug build.
    func has(_ piece: ArraySlice<UInt8>, at position: Int) -> Bool {
        guard position + piece.count <= self.count else { return false }
        return piece.isEmpty
            || piece.withUnsafeBytes { piece in
                self.withUnsafeBytes { memcmp($0.baseAddress! + position, piece.baseAddress!, piece.count) == 0 }
            }
    }
}
