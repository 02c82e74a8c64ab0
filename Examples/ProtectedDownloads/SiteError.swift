import HTTPTypes

/// A request that the site answers with an error page.
enum SiteError: Error {
    case notSignedIn, notYours, notFound, fromAnotherSite
    case methodNotAllowed([HTTPRequest.Method])

    var status: HTTPResponse.Status {
        switch self {
        case .notSignedIn: .unauthorized
        case .notYours, .fromAnotherSite: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        }
    }

    var title: String {
        switch self {
        case .notSignedIn: "Please sign in first"
        case .notYours: "This belongs to another team"
        case .notFound: "Nothing here"
        case .methodNotAllowed: "That is not how this works"
        case .fromAnotherSite: "This came from another site"
        }
    }

    var explanation: String {
        switch self {
        case .notSignedIn: "Only members of a team can have its files."
        case .notYours: "You are not in the team that this folder is for. Someone who is can send you the file."
        case .notFound: "There is no such page or file. It may have been moved or removed."
        case .methodNotAllowed: "This address does not take requests of this kind."
        case .fromAnotherSite: "The form was sent by a page that is not part of this site, so nothing was done."
        }
    }

    /// Header fields that belong to the status (RFC 9110 §15.5).
    var headerFields: HTTPFields {
        switch self {
        // No registered scheme describes a form; browsers ignore one that they do not know.
        case .notSignedIn: [.wwwAuthenticate: "Cookie realm=\"Protected downloads\", form-action=\"/sign-in\""]
        case .methodNotAllowed(let methods): [.allow: methods.map(\.rawValue).joined(separator: ", ")]
        default: [:]
        }
    }
}
