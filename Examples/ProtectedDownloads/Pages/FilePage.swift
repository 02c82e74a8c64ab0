import FastCGI

/// The page of one file: its preview and the actions on it.
enum FilePage {
    /// Creates the page.
    ///
    /// - Parameter link: The link that was just created, with its share.
    static func page(_ file: LibraryFile, visitor: Visitor, link: (url: String, share: Share)?) -> Page {
        let preview = Self.preview(file, source: file.address.link("show"))
        return Page(
            title: file.displayName, visitor: visitor, width: .wide,
            content: """
                <p class="back"><a href="/">\(Icons.back)<span>Your files</span></a></p>
                <div class="split">
                <div class="stage \(file.kind.rawValue)">\(preview ?? Self.placeholder(file))</div>
                <div class="side">
                <h1 class="title"><bdi>\(file.displayName)</bdi></h1>
                <p class="lead">\(Self.details(file))<br>In the folder \(file.address.team)</p>
                <p class="actions"><a class="button" href="\(file.address.link("files"))">\(Icons.download)Download</a>
                \(preview == nil
                    ? nil
                    : "<a class=\"button quiet\" href=\"\(file.address.link("show"))\">Open</a>" as HTML)</p>
                \(Self.sharing(file, visitor, link))
                </div>
                </div>
                """)
    }

    /// Kind, size and date, in small print.
    static func details(_ file: LibraryFile) -> HTML {
        let date = Format.date(file.modified)
        return """
            <span class="meta"><span>\(file.kind.label(for: file.displayName))</span> · \
            <span>\(Format.size(file.size))</span>\
            <span class="day"> · <time datetime="\(date.timestamp)">\(date.day)</time></span></span>
            """
    }

    /// The preview; `nil` if the file can only be downloaded.
    static func preview(_ file: LibraryFile, source: LocalURL) -> HTML? {
        let name = file.displayName
        switch FileKind.preview(of: name) {
        case .image: return "<img src=\"\(source)\" alt=\"The image \(name)\">"
        case .document: return "<iframe src=\"\(source)#navpanes=0&view=FitH\" title=\"The document \(name)\"></iframe>"
        case .video:
            return "<video src=\"\(source)\" controls preload=\"metadata\" aria-label=\"The video \(name)\"></video>"
        case .audio:
            return "<audio src=\"\(source)\" controls preload=\"metadata\" aria-label=\"The sound \(name)\"></audio>"
        // Browsers are slow to lay out long text.
        case .text where file.size > 256 << 10: return nil
        case .text:
            return "<iframe class=\"plain\" src=\"\(source)\" title=\"The text \(name)\"></iframe>"
        case nil: return nil
        }
    }

    private static func placeholder(_ file: LibraryFile) -> HTML {
        "<div class=\"tile large\">\(Icons.of(file.kind))</div><p>There is no preview of this file.</p>"
    }

    private static func sharing(_ file: LibraryFile, _ visitor: Visitor, _ link: (url: String, share: Share)?) -> HTML {
        """
        <section class="card" aria-labelledby="sharing">
        <h2 id="sharing">\(Icons.link)<span>Share by link</span></h2>
        \(link.map(Self.made))
        <form class="stack" method="post" action="\(file.address.link("share"))">
        \(Page.token(visitor))
        <fieldset><legend>Everyone with the link can download the file without an account for</legend>
        <div class="choices">\(Share.Lifetime.allCases.map(Self.choice))</div></fieldset>
        <button class="button\(link == nil ? "" : " quiet")">Create a\(link == nil ? " " : "nother ")link</button>
        </form>
        </section>
        """
    }

    private static func made(_ link: (url: String, share: Share)) -> HTML {
        """
        <div class="notice" role="status"><label>Copy this link
        <input class="link" readonly autofocus value="\(link.url)"></label>
        <p>It works until \(Format.moment(link.share.expires)). <a href="\(link.url)">Preview the page</a>.</p></div>
        """
    }

    private static func choice(_ lifetime: Share.Lifetime) -> HTML {
        """
        <label><input type="radio" name="lifetime" value="\(lifetime.rawValue)"\
        \(lifetime == .day ? " checked" as HTML : "")><span>\(lifetime.words)</span></label>
        """
    }
}
