import FastCGI
import Glibc
import HTTPTypes

/// The authorizer, whose decision depends on the user.
enum Doorkeeper {
    /// The error that the decision throws.
    struct Broken: Error {}

    static func decide(_ request: Request) async throws -> Authorization {
        // Authenticated by Apache or lighttpd, by password, or by cookie.
        if let user = request.remoteUser { return try await Self.decide(on: user, request) }
        if let credentials = request.basicCredentials {
            guard credentials.password == "secret" else { return .challenge(realm: "doorkeeper") }
            return try await Self.decide(on: credentials.user, request)
        }
        guard let user = request.cookies["user"] else {
            var response = Response(status: .unauthorized, body: "who are you?")
            response.headerFields[.wwwAuthenticate] = "Basic realm=\"doorkeeper\""
            return .deny(response)
        }
        return try await Self.decide(on: user, request)
    }

    private static func decide(on user: String, _ request: Request) async throws -> Authorization {
        switch user {
        case "alice":
            return try .allow(variables: [
                "USER": "alice", "ASKED": "\(request.method) \(request.path)",
                "CLIENT": "\(request.remoteAddress ?? "-") \(request.scheme)",
            ])
        case "mallory":
            return .deny(
                Response(status: .forbidden, headerFields: [.contentLanguage: "en"], body: "not you, mallory"))
        case "guest": return .deny(Response(status: .seeOther, headerFields: [.location: "/login?from=files"]))
        case "lost": return .deny(Response(status: .notFound, body: "no such thing"))
        // A denial without an explicit status.
        case "careless": return .deny(Response(body: "a denial"))
        case "broken": throw Broken()
        case "slow":
            try? await Task.sleep(for: .seconds(5))
            return .allow
        case "crash":
            // Immediately: the runtime would first print a backtrace, which takes long with a sanitizer.
            raise(SIGKILL)
            return .deny()
        default: return .deny()
        }
    }
}

extension Routes {
    /// The application behind the authorizer: returns its parameters and the body.
    func application(_ rest: [UInt8], for request: Request) async throws -> Response {
        if rest.elementsEqual("status".utf8) { return request.statusResponse() }
        let lines = request.parameters.all.map { "\($0.name)=\($0.value)\n" }.joined()
        let body = try await request.body.collect(upTo: 1 << 26)
        return Response(body: .bytes(Array("\(lines)BODY=".utf8) + body))
    }
}
