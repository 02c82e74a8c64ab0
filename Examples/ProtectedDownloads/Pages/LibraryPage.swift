import FastCGI

/// The page with the files that a user may access.
enum LibraryPage {
    /// A team's files.
    struct Folder {
        let team: String
        let files: [LibraryFile]

        var size: Int64 { self.files.reduce(0) { $0 + $1.size } }
    }

    /// Creates the page.
    ///
    /// - Parameters:
    ///   - download: A listed file whose download begins at once.
    ///   - uploaded: A listed file that was just uploaded.
    ///   - uploadLimit: The maximum size of an uploaded file, in bytes.
    static func page(
        _ folders: [Folder], _ selection: FileSelection, visitor: Visitor, download: LibraryFile?,
        uploaded: LibraryFile?, uploadLimit: Int64
    ) -> Page {
        let shown = folders.map { Folder(team: $0.team, files: selection.apply(to: $0.files)) }
            .filter { selection.text.isEmpty || !$0.files.isEmpty }
        let count = shown.reduce(0) { $0 + $1.files.count }
        let size = Format.size(shown.reduce(0) { $0 + $1.size })
        let words: HTML =
            selection.text.isEmpty
            ? "\(Format.count(count, "file")) in \(Format.count(folders.count, "folder")), \(size) in all."
            : "\(Format.count(count, "file")) with “<bdi>\(selection.text)</bdi>” in the name. <a href=\"/\">Show all files</a>"
        return Page(
            title: "Your files", visitor: visitor, width: .wide, download: download,
            content: """
                <h1>Your files</h1>
                <p class="lead">\(words)</p>
                \(download.map(Self.started))
                \(uploaded.map(Self.arrived))
                \(Self.tools(selection))
                \(shown.isEmpty ? "<p class=\"sheet none\">No file has this text in its name.</p>" as HTML : nil)
                \(shown.map { Self.section($0, visitor, uploadLimit) })
                """)
    }

    /// The search field and the orders.
    private static func tools(_ selection: FileSelection) -> HTML {
        """
        <div class="tools">
        <form role="search" method="get" action="/">
        <label class="search"><span class="unseen">Search by name</span>\(Icons.search)\
        <input type="search" name="q" value="\(selection.text)" placeholder="Search by name" maxlength="255"></label>
        \(selection.order == .name
            ? nil : "<input type=\"hidden\" name=\"sort\" value=\"\(selection.order.rawValue)\">" as HTML)
        <button class="button quiet">Search</button>
        </form>
        <nav class="orders" aria-label="Order">
        \(FileSelection.Order.allCases.map { order in
            """
            <a href="\(selection.url(order: order))"\
            \(order == selection.order ? " aria-current=\"true\"" as HTML : nil)>\(order.words)</a>
            """ as HTML
        })</nav>
        </div>
        """
    }

    private static func started(_ file: LibraryFile) -> HTML {
        """
        <p class="notice" role="status">Your download of <bdi>\(file.displayName)</bdi> has started. If not, \
        <a href="\(file.address.link("files"))">download it here</a>.</p>
        """
    }

    private static func arrived(_ file: LibraryFile) -> HTML {
        """
        <p class="notice" role="status"><a href="\(file.address.link("view"))"><bdi>\(file.displayName)</bdi></a> was added to \
        the folder \(file.address.team).</p>
        """
    }

    private static func section(_ folder: Folder, _ visitor: Visitor, _ uploadLimit: Int64) -> HTML {
        let files = folder.files
        return """
            <section class="team" aria-labelledby="team-\(folder.team)">
            <h2 id="team-\(folder.team)">\(Icons.folder)<span>\(folder.team)</span> \
            <small>\(Format.count(files.count, "file")) · \(Format.size(folder.size))</small></h2>
            <details class="add">
            <summary>\(Icons.add)<span>Add a file<span class="unseen"> to \(folder.team)</span></span></summary>
            <form method="post" action="/upload/\(folder.team)" enctype="multipart/form-data">
            \(Page.token(visitor))
            <label>File <span class="hint">up to \(Format.size(uploadLimit))</span>
            <input type="file" name="file" required></label>
            <button class="button">Add to \(folder.team)</button>
            </form>
            </details>
            <div class="sheet">
            <ul class="files">
            \(files.isEmpty ? ["<li class=\"none\">Nothing here yet.</li>"] : files.map(Self.row))\
            </ul>
            </div>
            </section>

            """
    }

    private static func row(_ file: LibraryFile) -> HTML {
        """
        <li class="row"><a class="file" href="\(file.address.link("view"))">\
        <span class="tile \(file.kind.rawValue)">\(Icons.of(file.kind))</span>\
        <span class="name">\(FileName.html(file.address))</span> \(FilePage.details(file))</a>\
        <a class="get" href="\(file.address.link("files"))" title="Download">\(Icons.download)\
        <span class="unseen">Download <bdi>\(file.displayName)</bdi></span></a></li>

        """
    }
}
