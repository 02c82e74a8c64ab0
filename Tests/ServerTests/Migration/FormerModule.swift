import Testing

/// A module of a web server whose links the gate reads, with an article.
enum FormerModule: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case secdownload = "FromSecdownload"
    case secureLink = "FromSecureLink"
    case authToken = "FromAuthToken"

    var testDescription: String { self.rawValue }

    /// The web server that the module is for.
    var server: WebServer {
        switch self {
        case .secdownload: .lighttpd
        case .secureLink: .nginx
        case .authToken: .apacheFcgid
        }
    }
}
