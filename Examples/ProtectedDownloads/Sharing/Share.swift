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

    let file: LibraryFile
    /// The user who created the link.
    let user: User
    /// Seconds since 1970.
    let expires: Int64
}
