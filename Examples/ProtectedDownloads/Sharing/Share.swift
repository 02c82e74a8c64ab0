/// A file that a user has shared until a given time.
struct Share: Sendable {
    /// The purpose of a link; the first component of its path.
    enum Use: String, Sendable {
        case page = "shared"
        case download = "shared-file"
        case show = "shared-view"
        case preview = "shared-preview"
    }

    /// The lifetime of a link.
    enum Lifetime: String, CaseIterable, Sendable {
        case hour, day, week, month

        var seconds: Int64 {
            switch self {
            case .hour: 60 * 60
            case .day: 24 * 60 * 60
            case .week: 7 * 24 * 60 * 60
            case .month: 30 * 24 * 60 * 60
            }
        }

        var words: String {
            switch self {
            case .hour: "1 hour"
            case .day: "1 day"
            case .week: "1 week"
            case .month: "30 days"
            }
        }
    }

    /// The number of guests that may use a link.
    enum Guests: String, CaseIterable, Sendable {
        case one, five, all

        var limit: UInt32? {
            switch self {
            case .one: 1
            case .five: 5
            case .all: nil
            }
        }

        var words: String {
            switch self {
            case .one: "1 guest"
            case .five: "5 guests"
            case .all: "All"
            }
        }
    }

    let file: LibraryFile
    /// The user who created the link.
    let user: User
    /// Seconds since 1970.
    let expires: Int64
    /// The name by which the share is ended and its uses are counted; `nil` for a link of an earlier version of the site.
    var id: String?
    /// The number of guests that may download the file; `nil` for no limit.
    var limit: UInt32?

    /// A new id: 64 random bits in hexadecimal digits.
    static var newID: String { Hexadecimal.encode((0..<8).map { _ in UInt8.random(in: .min ... .max) }) }
}

/// The part of a link's path that names its creator and the share: `ada~0123456789abcdef.5`, or `ada` alone.
struct ShareMaker: Sendable {
    let user: String
    let id: String?
    let limit: UInt32?

    init(_ share: Share) {
        (self.user, self.id, self.limit) = (share.user.name, share.id, share.limit)
    }

    /// Reads a component of a path; `nil` if it is not well-formed.
    init?(_ text: String) {
        guard let mark = text.lastIndex(of: "~") else {
            (self.user, self.id, self.limit) = (text, nil, nil)
            return
        }
        let parts = text[text.index(after: mark)...].split(separator: ".", omittingEmptySubsequences: false)
        let limit = parts.count == 2 ? UInt32(parts[1]) : nil
        guard parts.count == 1 || limit != nil, parts[0].count == 16,
            Hexadecimal.decode(parts[0].utf8) != nil
        else { return nil }
        (self.user, self.id, self.limit) = (String(text[..<mark]), String(parts[0]), limit)
    }

    /// The component of a path. It is part of what is signed.
    var text: String {
        guard let id else { return self.user }
        return "\(self.user)~\(id)\(self.limit.map { ".\($0)" } ?? "")"
    }
}
