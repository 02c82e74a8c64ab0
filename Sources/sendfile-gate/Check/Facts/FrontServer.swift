import ArgumentParser

/// The web server that answers.
enum FrontServer: String, CaseIterable, Sendable, ExpressibleByArgument {
    case lighttpd
    case nginx
    case apache
    case caddy
    /// None of them, or one that does not say who it is.
    case unknown

    /// By the field `Server`, else by what an error page looks like.
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

    /// Which web server wrote the page of an error; `nil` if none of them did, so that the program is left.
    static func author(ofErrorPage answer: Answer) -> FrontServer? {
        guard answer.status >= 400 else { return nil }
        let text = answer.text
        if text.contains("<center>nginx") || text.contains("<center>openresty") { return .nginx }
        if text.contains("//IETF//DTD HTML 2.0//EN")
            || text.contains("//W3C//DTD HTML 4.01//EN") && text.contains("<title>\(answer.status)")
        {
            return .apache
        }
        // Debian 12's 1.4.69, and Debian 13's 1.4.79.
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

    /// As whom Debian's package runs it.
    var user: String? {
        switch self {
        case .lighttpd, .nginx, .apache: "www-data"
        case .caddy: "caddy"
        case .unknown: nil
        }
    }

    /// The field by which a program names a file to it.
    var field: String {
        switch self {
        case .nginx: "X-Accel-Redirect"
        default: "X-Sendfile"
        }
    }
}
