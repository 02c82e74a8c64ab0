import FastCGI

/// The page of a shared link.
enum SharePage {
    static func page(_ file: LibraryFile, _ share: Share, _ shares: Shares, text: FilePreview.Text?) throws -> Page {
        let preview =
            share.limit == nil
            ? try FilePreview.html(file, source: shares.link(to: share, for: .preview), text: text) : nil
        let download = try shares.link(to: share, for: .download)
        return Page(
            title: file.displayName, width: .centre, isSecret: true,
            content: """
                <div class="card gift">
                <p class="from"><span class="avatar" aria-hidden="true">\(String(share.user.name.prefix(1)))</span>\
                <span><strong>\(share.user.name)</strong> has shared a file with you</span></p>
                <div class="stage \(file.kind.rawValue)">\
                \(preview ?? "<div class=\"tile large\">\(Icons.of(file.kind))</div>")</div>
                <div class="take"><div>
                <h1 class="title">\(FileName.html(file.address))</h1>
                <p class="lead">\(FilePage.details(file))</p></div>
                <a class="button" href="\(download)">\(Icons.download)Download</a></div>
                <p class="until">\(Icons.clock)<span>This page works until \(Format.moment(share.expires)).</span></p>
                </div>
                """)
    }
}
