/// A file that somebody has shared until some time.
struct Share: Sendable {
    /// What a link is for; the first part of its path.
    enum Use: String, Sendable {
        case page = "shared"
        case download = "shared-file"
        case show = "shared-view"
    }

    /// For how long a link works.
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
    /// Who has made the link.
    let user: User
    /// Seconds since 1970.
    let expires: Int64
}
