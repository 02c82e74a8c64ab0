import ArgumentParser

/// The web server that responds.
enum FrontServer: String, CaseIterable, Sendable, ExpressibleByArgument {
    case lighttpd
    case nginx
    case apache
    case caddy
    /// Another web server, or one that does not identify itself.
    case unknown

    /// Identifies the server by the field `Server`, or else by its error pages.
    init(_ answers: [Answer]) {
        for answer in answers {
            let field = answer.field("Server")?.lowercased() ?? ""
            let name = field.replacing("openresty", with: "nginx")
            if let server = Self.allCases.first(where: { $0 != .unknown && name.contains($0.rawValue) }) {
                self = server
                return
            }
        }
        self = answers.lazy.compactMap { Self.author(ofErrorPage: $0) }.first ?? .unknown
    }

    /// The web server that generated an error page; `nil` if none of them did, which leaves the program.
    static func author(ofErrorPage answer: Answer) -> FrontServer? {
        guard answer.status >= 400 else { return nil }
        let text = answer.text
        if text.contains("<center>nginx") || text.contains("<center>openresty") { return .nginx }
        if text.contains("//IETF//DTD HTML 2.0//EN")
            || text.contains("//W3C//DTD HTML 4.01//EN") && text.contains("<title>\(answer.status)")
        {
            return .apache
        }
        // Debian 12's version 1.4.69 and Debian 13's 1.4.79.
        for head in [
            "//W3C//DTD XHTML 1.0 Transitional//EN",
            "<!DOCTYPE html>\n<html lang=\"en\">\n <head>\n  <meta charset=\"UTF-8\" />\n  <title>",
        ] where text.contains(head) && text.contains("<title>\(answer.status)") { return .lighttpd }
        return nil
    }

    var title: String {
        switch self {
        case .lighttpd, .nginx: self.rawValue
        case .apache: "Apache"
        case .caddy: "Caddy"
        case .unknown: "the web server"
        }
    }

    /// The user as whom Debian's package runs the server.
    var user: String? {
        switch self {
        case .lighttpd, .nginx, .apache: "www-data"
        case .caddy: "caddy"
        case .unknown: nil
        }
    }

    /// The header field with which a program names a file to the server.
    var field: String {
        switch self {
        case .nginx: "X-Accel-Redirect"
        default: "X-Sendfile"
        }
    }
}
