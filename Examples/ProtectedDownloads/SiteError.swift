import HTTPTypes

/// A request that the site answers with an error page.
enum SiteError: Error {
    case notSignedIn, notYours, notFound, expired, ended, usedUp, badLink, fromAnotherSite, staleForm, badUpload,
        noFile, noRoom
    case tooLarge(limit: Int64)
    case tooManyFiles(limit: Int)
    case methodNotAllowed([HTTPRequest.Method])

    var status: HTTPResponse.Status {
        switch self {
        case .notSignedIn: .unauthorized
        case .notYours, .fromAnotherSite, .staleForm: .forbidden
        case .notFound, .badLink: .notFound
        case .expired, .ended, .usedUp: .gone
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
        case .ended: "This link has been ended"
        case .usedUp: "This link has been used up"
        case .badLink: "This link does not work"
        case .fromAnotherSite: "Request from another site"
        case .staleForm: "The page is out of date"
        case .badUpload: "The upload failed"
        case .noFile: "No file was chosen"
        case .tooLarge: "The file is too large"
        case .tooManyFiles: "Too many files"
        case .noRoom: "The disk is full"
        case .methodNotAllowed: "Method not supported"
        }
    }

    var explanation: String {
        switch self {
        case .notSignedIn: "Only members of a team can access its files."
        case .notYours: "You are not a member of the team. A member can send you a link."
        case .notFound: "There is no such page or file. It may have been moved or removed."
        case .expired: "Links to files work for a limited time. Ask the sender for a new one."
        case .ended: "The sender has ended it. Ask for a new one."
        case .usedUp: "As many guests have downloaded the file as the sender allows. Ask for a new one."
        case .badLink: "It is incomplete, or the file no longer exists. Ask the sender for a new one."
        case .fromAnotherSite: "The form was sent by a page of another site. Nothing was changed."
        case .staleForm: "You have signed in again since the page was opened. Nothing was changed; reload the page."
        case .badUpload: "The upload was interrupted, or the file name is invalid. Nothing was saved."
        case .noFile: "Choose a file first, then upload it."
        case .tooLarge(let limit): "The limit is \(Format.size(limit)). Nothing was saved."
        case .tooManyFiles(let limit): "The limit is \(limit) files per form. Nothing was saved."
        case .noRoom: "The server has no space left for files. Nothing was saved."
        case .methodNotAllowed: "This address does not support this request method."
        }
    }

    /// Header fields that belong to the status (RFC 9110 §15.5).
    var headerFields: HTTPFields {
        switch self {
        // No registered scheme describes a form; browsers ignore unknown schemes.
        case .notSignedIn: [.wwwAuthenticate: "Cookie realm=\"Protected downloads\", form-action=\"/sign-in\""]
        case .methodNotAllowed(let methods): [.allow: methods.map(\.rawValue).joined(separator: ", ")]
        default: [:]
        }
    }
}
