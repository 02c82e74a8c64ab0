import FastCGI
import Sendfile

@main struct Responder {
    static func main() async throws {
        try await FastCGIServer { _ in Response(body: .string("Hello\n")) }.runService()
    }
}
