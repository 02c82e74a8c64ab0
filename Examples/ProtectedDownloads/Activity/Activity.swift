import FastCGI

/// An action on a file.
struct Activity: Sendable {
    enum Action: String, Sendable {
        case downloaded, opened, shared, uploaded
        /// The user has ended a link.
        case ended = "link-ended"
        /// Shown on a page of the site. The log has it, and the page with the latest actions does not.
        case previewed
        /// By a client with a link; `user` is the one who created the link.
        case downloadedByLink = "downloaded-by-link"
        case openedByLink = "opened-by-link"
        case previewedByLink = "previewed-by-link"

        /// Whether the user has decided about the file, and not only seen its page.
        var isListed: Bool { self != .previewed && self != .previewedByLink }

        /// Whether bytes of the file were sent to a client with a link.
        var isByLink: Bool { [.downloadedByLink, .openedByLink, .previewedByLink].contains(self) }

        /// Whether bytes of the file were sent.
        var sendsFile: Bool { [.downloaded, .opened, .previewed].contains(self) || self.isByLink }

        /// The actor and the action, as parts of a sentence.
        func sentence(user: String) -> (who: String, what: String) {
            switch self {
            case .downloaded: (user, "downloaded")
            case .opened: (user, "opened")
            case .previewed: (user, "previewed")
            case .shared: (user, "shared")
            case .uploaded: (user, "added")
            case .ended: (user, "ended a link to")
            case .downloadedByLink: ("A guest of \(user)", "downloaded")
            case .openedByLink: ("A guest of \(user)", "opened")
            case .previewedByLink: ("A guest of \(user)", "previewed")
            }
        }
    }

    /// Seconds since 1970.
    let time: Int64
    let action: Action
    let user: String
    let file: FileAddress
    /// The client's address.
    let address: String

    /// Parses a line of the log; `nil` if it is invalid.
    init?(line: String) {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
        guard fields.count == 6, let time = Int64(fields[0]), let action = Action(rawValue: String(fields[1])) else {
            return nil
        }
        self.time = time
        self.action = action
        self.user = String(fields[2])
        self.file = FileAddress(team: String(fields[3]), name: PercentText.decode(fields[4]))
        self.address = String(decoding: PercentText.decode(fields[5]), as: UTF8.self)
    }
}
