import HTTPTypes

/// A request that the site answers with an error page.
enum SiteError: Error {
    case notSignedIn, notYours, notFound, expired, badLink, fromAnotherSite, staleForm, badUpload, noFile, noRoom
    case tooLarge(limit: Int64)
    case tooManyFiles(limit: Int)
    case methodNotAllowed([HTTPRequest.Method])

    var status: HTTPResponse.Status {
        switch self {
        case .notSignedIn: .unauthorized
        case .notYours, .fromAnotherSite, .staleForm: .forbidden
        case .notFound, .badLink: .notFound
        case .expired: .gone
        case .badUpload, .noFile: .badRequest
        case .tooLarge, .tooManyFiles: .contentTooLarge
        case .noRoom: .init(code: 507, reasonPhrase: "Insufficient Storage")
        case .methodNotAllowed: .methodNotAllowed
        }
    }

    var title: String {
        switch self {
        case .notSignedIn: "Please sign in first"
        case .notYours: "This belongs to another team"
        case .notFound: "Nothing here"
        case .expired: "This link has expired"
        case .badLink: "This link does not work"
        case .fromAnotherSite: "This came from another site"
        case .staleForm: "This page was too old"
        case .badUpload: "That file did not arrive"
        case .noFile: "No file was chosen"
        case .tooLarge: "That file is too large"
        case .tooManyFiles: "Those are too many files"
        case .noRoom: "No room left"
        case .methodNotAllowed: "That is not how this works"
        }
    }

    var explanation: String {
        switch self {
        case .notSignedIn: "Only members of a team can have its files."
        case .notYours: "You are not in the team that this folder is for. Someone who is can send you a link."
        case .notFound: "There is no such page or file. It may have been moved or removed."
        case .expired: "Links to files work for a limited time. Whoever sent you this one can make a new one."
        case .badLink: "It is not whole, or the file is not there any more. Ask whoever sent it to you for a new one."
        case .fromAnotherSite: "The form was sent by a page that is not part of this site, so nothing was done."
        case .staleForm: "You have signed in anew since it was opened, so nothing was done. Please open it again."
        case .badUpload: "It was cut off on its way, or its name cannot be a file’s. Nothing was kept."
        case .noFile: "Choose a file first, then add it."
        case .tooLarge(let limit): "Files can have up to \(Format.size(limit)) here. Nothing was kept."
        case .tooManyFiles(let limit): "A form can bring up to \(limit) files. Nothing was kept."
        case .noRoom: "The disk for files is full. Nothing was kept."
        case .methodNotAllowed: "This address does not take requests of this kind."
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
