import FastCGI
import Glibc
import HTTPTypes
import Sendfile
import SystemPackage

/// The handler: the first component of the path selects the response.
struct Routes: Sendable {
    let sendfile: Sendfile

    /// The handler's own failure.
    struct Broken: Error {}

    func respond(to request: Request) async throws -> Response {
        let bytes = request.pathBytes
        let components = bytes.split(separator: UInt8(ascii: "/"), maxSplits: 2, omittingEmptySubsequences: false)
        let route = components.count > 1 ? String(decoding: components[1], as: UTF8.self) : ""
        let rest = components.count > 2 ? Array(components[2]) : []
        switch route {
        case "ready": return Response(body: .string("ready"))
        case "pid": return Response(body: .string(String(getpid())))
        case "wait": return try await self.wait(rest)
        case "block": return Self.block(rest)
        case "compute": return Self.compute(rest)
        case "signals": return Response(body: .string(SignalHandlers.text))
        case "environment": return Response(body: .string(Self.environment))
        case "file": return try self.file(rest, for: request)
        // The name of a file as hexadecimal digits, which no web server interprets.
        case "hex": return try self.file(Self.bytes(hexadecimal: rest), for: request)
        // A file that is saved under a name given in hexadecimal digits.
        case "saved":
            let name = String(decoding: Self.bytes(hexadecimal: rest), as: UTF8.self)
            return try self.sendfile(request, "plain.txt", attachment: .attachment(named: name))
        case "deep": return try self.deepFile(rest, directories: 15, for: request)
        case "deeper": return try self.deepFile(rest, directories: 17, for: request)
        case "variant": return try Variants(sendfile: self.sendfile).respond(to: request, rest)
        case "private": return try self.privateFile(rest, for: request)
        case "decorated": return try self.decorated(rest, for: request)
        case "directory": return try await self.directory(for: request, prefix: "/directory/")
        case "app": return try await self.directory(for: request, prefix: nil)
        case "second": return try self.secondRoot(rest, for: request)
        case "with": return try self.fileWithWish(rest, for: request)
        case "echo": return Response(body: .bytes(try await request.body.collect(upTo: 1 << 26)))
        case "count": return Response(body: .string(String(try await Self.length(of: request.body))))
        case "hold": return Response(body: .stream(Hold(body: request.body)))
        case "unfinished":
            return Response(body: .stream(Unfinished(fails: String(decoding: rest, as: UTF8.self) == "fails")))
        case "untyped-bytes": return Response(body: .bytes(Array("<script>alert(1)</script>".utf8)))
        case "untyped-text": return Response(body: .string("<script>alert(1)</script>"))
        case "throw": throw Broken()
        case "throw-late":
            try await Task.sleep(for: .milliseconds(50))
            throw Broken()
        case "trap": fatalError("the handler traps")
        case "main-actor": return Response(body: .string(await Self.onMainActor()))
        case "status": return request.statusResponse()
        case "scheme": return Response(body: .string(request.scheme))
        case "forged": return Self.forged
        case "field": return try self.field(rest, for: request)
        case "parameters": return Self.parameters(of: request)
        case "cookies":
            let cookies = request.cookies
            return Response(body: .string(cookies.names.map { "\($0)=\(cookies[$0] ?? "")\n" }.joined()))
        case "application": return try await self.application(rest, for: request)
        default: return Response(status: .notFound)
        }
    }

    /// A file whose name is too long for a URL: directories whose names are 255 bytes of one character.
    private func deepFile(_ character: [UInt8], directories count: Int, for request: Request) throws -> Response {
        let component = Array(repeatElement(character, count: 255 / max(1, character.count)).joined())
        let directories = repeatElement(component + [UInt8(ascii: "/")], count: count).joined()
        return try self.file(Array(directories) + Array("deep.txt".utf8), for: request)
    }

    private func file(_ name: [UInt8], for request: Request) throws -> Response {
        let attachment: ContentDisposition =
            switch request.query {
            case "attachment": .attachment
            case "named": .attachment(named: "Bericht \u{fc}ber \"Q3\".txt")
            default: .inline
            }
        if let text = String(validating: name, as: UTF8.self) {
            return try self.sendfile(request, text, attachment: attachment).with(user: request.cookies["user"])
        }
        let path = FilePath(platformString: name.map(CChar.init(bitPattern:)) + [0])
        return try self.sendfile(request, path, attachment: attachment).with(user: request.cookies["user"])
    }

    /// A response after some milliseconds, announced on standard error.
    private func wait(_ milliseconds: [UInt8]) async throws -> Response {
        let announcement = Array("a request waits\n".utf8)
        _ = write(STDERR_FILENO, announcement, announcement.count)
        try await Task.sleep(for: .milliseconds(Int(String(decoding: milliseconds, as: UTF8.self)) ?? 0))
        return Response(body: .string("waited"))
    }

    /// A response after some milliseconds in which the handler occupies its worker.
    private static func block(_ milliseconds: [UInt8]) -> Response {
        usleep(1000 * (useconds_t(String(decoding: milliseconds, as: UTF8.self)) ?? 0))
        return Response(body: .string("blocked"))
    }

    /// A response after some milliseconds in which the handler computes.
    private static func compute(_ milliseconds: [UInt8]) -> Response {
        let duration = Duration.milliseconds(Int(String(decoding: milliseconds, as: UTF8.self)) ?? 0)
        let start = ContinuousClock.now
        while start.duration(to: .now) < duration {}
        return Response(body: .string("computed"))
    }

    @MainActor private static func onMainActor() -> String { "on the main actor" }

    /// The environment of this process.
    private static var environment: String {
        var text = ""
        var entry = environ
        while let variable = entry.pointee {
            text += String(cString: variable) + "\n"
            entry += 1
        }
        return text
    }

    /// Files for a user who is named by a cookie or by the web server.
    private func privateFile(_ name: [UInt8], for request: Request) throws -> Response {
        switch request.cookies["user"] ?? request.remoteUser {
        case nil: Response(status: .unauthorized, headerFields: [.wwwAuthenticate: "Basic realm=\"files\""])
        case "alice": try self.file(name, for: request)
        default: Response(status: .forbidden)
        }
    }

    /// A file with every header field that is useful for a download.
    private func decorated(_ name: [UInt8], for request: Request) throws -> Response {
        var response = try self.file(name, for: request)
        for (name, value) in Self.decoration {
            if let name = HTTPField.Name(name) { response.headerFields[name] = value }
        }
        return response
    }

    private static let decoration = [
        ("Content-Language", "ja"), ("Content-Security-Policy", "sandbox"), ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"), ("X-Robots-Tag", "noindex"),
        ("Vary", "Cookie"), ("Cache-Control", "private, max-age=60"), ("Set-Cookie", "seen=1"),
        ("Link", "</terms>; rel=\"license\""), ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Embedder-Policy", "require-corp"),
        ("Timing-Allow-Origin", "*"), ("Access-Control-Allow-Origin", "https://example.org"),
        ("Access-Control-Allow-Credentials", "true"), ("Access-Control-Expose-Headers", "ETag"),
    ]

    /// Fields that a handler must not be able to send.
    private static let forged = Response(
        headerFields: [
            HTTPField.Name("X-Sendfile")!: "/etc/passwd", HTTPField.Name("X-Accel-Redirect")!: "/protected/plain.txt",
            HTTPField.Name("X-LIGHTTPD-send-file")!: "/etc/passwd", HTTPField.Name("X-Reproxy-URL")!: "/etc/passwd",
        ],
        body: .string("forged"))

    private static func parameters(of request: Request) -> Response {
        Response(body: .string(request.parameters.all.map { "\($0.name)=\($0.value)\n" }.joined()))
    }

    private static func length(of body: RequestBody) async throws -> Int {
        var length = 0
        for try await chunk in body { length += chunk.count }
        return length
    }

    static func bytes(hexadecimal digits: [UInt8]) -> [UInt8] {
        stride(from: 0, to: digits.count - 1, by: 2).map {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16) ?? UInt8(ascii: "?")
        }
    }
}
