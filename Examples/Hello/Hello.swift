import FastCGI
import Sendfile

/// Serves the files below `SENDFILE_ROOT` to clients that send the cookie `ticket=blue`.
@main struct Hello: FastCGIProgram {
    static func server() throws -> FastCGIServer {
        let sendfile = try Sendfile()
        return FastCGIServer { request in
            switch request.path {
            case "/":
                return Response(
                    headerFields: [.contentType: "text/html; charset=utf-8"],
                    body: "<form method=post action=/ticket><button>Take a ticket</button></form>\n")
            case "/ticket" where request.method == .post:
                return Response(
                    status: .seeOther,
                    headerFields: [.location: "/hello.txt", .setCookie: "ticket=blue; HttpOnly; SameSite=Lax"])
            default:
                // The decision. A real program looks up a session, a purchase or a team here.
                guard request.cookies["ticket"] == "blue" else {
                    return Response(status: .forbidden, body: "Take a ticket first.\n")
                }
                return try sendfile(request, String(request.path.dropFirst()), attachment: .attachment)
            }
        }
    }
}
