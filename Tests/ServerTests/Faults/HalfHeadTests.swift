import Glibc
import Testing

extension ServerTests {
    /// The memory of a program to which many peers have sent half a head.
    @Suite struct HalfHeadTests {
        @Test("Half heads on many connections hold no more memory than FASTCGI_HEAD_BYTES, and requests are answered")
        func memory() throws {
            let count = getenv("HALF_HEADS").flatMap { Int(String(cString: $0)) } ?? 1500
            try OpenFiles.allow(UInt(count + 200))
            let program = try RunningProgram.listening()
            #expect(try program.client().exchange("GET", "/ready").text == "ready")
            let before = try program.statistics.privateMemory
            // The largest head within the limit of its parameters, and a record that is not complete.
            let begin = FastCGIClient.record(.beginRequest, [0, 1, 1, 0, 0, 0, 0, 0])
            let parameters = FastCGIClient.record(.parameters, [UInt8](repeating: 1, count: 65_000))
            let part = begin + parameters + parameters.prefix(60_000)
            var sockets: [Socket] = []
            for number in 1...count {
                let socket = try Socket.connected(to: program.address)
                // The program may give up this head while it is sent.
                try socket.sendUnlessClosed(part)
                sockets.append(socket)
                if number % 500 == 0 { #expect(try program.client().exchange("GET", "/ready").text == "ready") }
            }
            try program.waitForLog("(FASTCGI_HEAD_BYTES)")
            let status = try JSON(program.client().exchange("GET", "/status").body.dropLast())
            guard case .number(let hits)? = status["limits_hit"]?["head_bytes"] else { throw Failure("\(status)") }
            #expect(Int(hits) ?? 0 > count / 2)
            let growth = try program.statistics.privateMemory - before
            print("\(count) half heads: \(before >> 10) KiB before, \(growth >> 10) KiB more, \(hits) given up")
            // Each would hold 125 KB. The address sanitizer keeps memory that was freed.
            #expect(growth < 48 << 20 || Sanitizer.isAddress, "\(growth >> 20) MiB")
            // Heads that are left would keep the program until FASTCGI_READ_TIMEOUT.
            sockets = []
            #expect(try program.stop() == .exited(0))
        }
    }
}
