import HTTPTypes

/// The meaning of a path of the site.
enum Route {
    case library, activity, signIn, signOut, style
    /// A file's page, its download, its content for display in a window of its own and on its page, and the form that creates a link
    /// to it.
    case page(FileAddress)
    case download(FileAddress)
    case show(FileAddress)
    case preview(FileAddress)
    case share(FileAddress)
    /// The form that ends a link.
    case endShare(FileAddress)
    /// The form that uploads files for a team.
    case upload(team: String)
    /// The target of a link: the page, the download, or the content for display.
    case shared(Share.Use, FileAddress, by: String)

    /// The route of a decoded path, or `nil`.
    init?(path: [UInt8]) {
        let slash = UInt8(ascii: "/")
        let parts = path.split(separator: slash, omittingEmptySubsequences: false).dropFirst().map(Array.init)
        // A team's folder contains files and no folders. A NUL would truncate the name in a system call.
        let words = parts.map { String(decoding: $0, as: UTF8.self) }
        let name = parts.last.flatMap { $0.isEmpty || $0.contains(0) ? nil : $0 }
        let address = words.count >= 3 ? name.map { FileAddress(team: words[words.count - 2], name: $0) } : nil
        switch (words.first, words.count, address) {
        case ("", 1, _): self = .library
        case ("activity", 1, _): self = .activity
        case ("sign-in", 1, _): self = .signIn
        case ("sign-out", 1, _): self = .signOut
        case (String(Style.path.dropFirst()), 1, _): self = .style
        case ("upload", 2, _): self = .upload(team: words[1])
        case ("view", 3, let address?): self = .page(address)
        case ("files", 3, let address?): self = .download(address)
        case ("show", 3, let address?): self = .show(address)
        case ("preview", 3, let address?): self = .preview(address)
        case ("share", 3, let address?): self = .share(address)
        case ("end-share", 3, let address?): self = .endShare(address)
        case (let place?, 4, let address?):
            guard let use = Share.Use(rawValue: place) else { return nil }
            self = .shared(use, address, by: words[1])
        default: return nil
        }
    }

    /// The methods that this route supports.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .library, .activity, .style, .page, .download, .show, .preview, .shared: [.get, .head]
        case .signIn: [.get, .head, .post]
        case .signOut, .share, .endShare, .upload: [.post]
        }
    }
}
