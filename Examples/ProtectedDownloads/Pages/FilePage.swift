import FastCGI
import SignedLinks

/// The page of one file: its preview and the actions on it.
enum FilePage {
    /// Creates the page.
    ///
    /// - Parameters:
    ///   - text: The beginning of a text or a table.
    ///   - link: The link that was just created, with its share.
    ///   - made: The links to the file that the visitor has made.
    static func page(
        _ file: LibraryFile, visitor: Visitor, text: FilePreview.Text?, link: (url: String, share: Share)?,
        made: [ShareList.Entry]
    ) -> Page {
        let preview = FilePreview.html(file, source: file.address.link("preview"), text: text)
        let canOpen = FileKind.preview(of: file.displayName) != nil
        return Page(
            title: file.displayName, visitor: visitor, width: .wide, script: link == nil ? nil : Self.copyScript,
            content: """
                <p class="back"><a href="/">\(Icons.back)<span>Your files</span></a></p>
                <h1 class="title">\(FileName.html(file.address))</h1>
                <p class="lead">\(Self.details(file)) · <span>in the folder \(file.address.team)</span></p>
                <div class="split">
                <div class="stage \(file.kind.rawValue)">\(preview ?? Self.placeholder(file))</div>
                <div class="side">
                <p class="actions"><a class="button" href="\(file.address.link("files"))">\(Icons.download)Download</a>
                \(canOpen
                    ? "<a class=\"button quiet\" href=\"\(file.address.link("show"))\">Open</a>" as HTML : nil)</p>
                \(Self.sharing(file, visitor, link))
                \(made.isEmpty ? nil : Self.links(made, to: file, visitor))
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
            <span class="day"> · <time datetime="\(date.timestamp)">\(date.day)</time></span>\
            \(file.address.isUTF8 ? nil : " · <span>name in Latin-1</span>" as HTML)</span>
            """
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
        <div class="choices">\(Share.Lifetime.allCases.map { Self.choice("lifetime", $0, $0.words, $0 == .day) })</div></fieldset>
        <fieldset><legend>and this many guests</legend>
        <div class="choices">\(Share.Guests.allCases.map { Self.choice("guests", $0, $0.words, $0 == .all) })</div></fieldset>
        <button class="button\(link == nil ? "" : " quiet")">Create a\(link == nil ? " " : "nother ")link</button>
        </form>
        </section>
        """
    }

    private static func made(_ link: (url: String, share: Share)) -> HTML {
        """
        <div class="notice" role="status"><label>Copy this link
        <textarea class="link" id="link" rows="8" readonly autofocus spellcheck="false">\(link.url)</textarea></label>
        <button class="button" id="copy" type="button" hidden>Copy the link</button>
        <p>It works until \(Format.moment(link.share.expires)). <a href="\(link.url)">See what your guest sees</a>.</p></div>
        """
    }

    /// Shows the button that copies the link. Without scripts the link is selected as text.
    ///
    /// Browsers offer the clipboard on secure pages only; on others, the old command copies the selected text.
    private static let copyScript: HTML = """
        const link = document.getElementById('link'), copy = document.getElementById('copy');
        copy.hidden = false;
        copy.addEventListener('click', async () => {
          link.select();
          try { await navigator.clipboard.writeText(link.value); } catch { document.execCommand('copy'); }
          copy.textContent = 'Copied';
        });
        """

    private static func choice(
        _ name: String, _ value: some RawRepresentable<String>, _ words: String, _ isChecked: Bool
    ) -> HTML {
        """
        <label><input type="radio" name="\(name)" value="\(value.rawValue)"\
        \(isChecked ? " checked" as HTML : "")><span>\(words)</span></label>
        """
    }

    /// The links that the visitor has made: their state, the guests who have used them, and a form that ends each.
    private static func links(_ made: [ShareList.Entry], to file: LibraryFile, _ visitor: Visitor) -> HTML {
        let now = Shares.now()
        let items = made.map { entry -> HTML in
            let guests = entry.limit.map { "\(entry.uses.count) of \(Format.count(Int($0), "guest"))" }
            let uses = entry.uses.map { use -> HTML in
                let client = use.client.split(separator: " ").last.map(String.init) ?? ""
                return "<li class=\"hint\">\(client), \(Format.moment(use.begin.secondsSince1970))</li>"
            }
            let canEnd = !entry.hasEnded && entry.expires >= now
            let state: HTML =
                entry.hasEnded ? "ended" : entry.expires < now ? "expired" : "until \(Format.moment(entry.expires))"
            return """
                <li><p>Made \(Format.moment(entry.made)), \(state): \
                \(guests ?? Format.count(entry.uses.count, "guest"))</p>
                \(uses.isEmpty ? nil : "<ul>\(uses)</ul>" as HTML)
                \(canEnd ? Self.end(entry, file, visitor) : nil)</li>

                """
        }
        return """
            <section class="card" aria-labelledby="links">
            <h2 id="links">\(Icons.link)<span>Your links</span></h2>
            <ul class="made">\(items)</ul>
            </section>
            """
    }

    private static func end(_ entry: ShareList.Entry, _ file: LibraryFile, _ visitor: Visitor) -> HTML {
        """
        <form method="post" action="\(file.address.link("end-share"))">\(Page.token(visitor))\
        <input type="hidden" name="id" value="\(entry.id)"><button class="button quiet">End this link</button></form>
        """
    }
}
