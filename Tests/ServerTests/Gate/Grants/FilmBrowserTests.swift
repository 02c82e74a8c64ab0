import SignedLinks
import Testing

/// A film in segments in a real browser, which plays HLS itself.
@Suite(.serialized) struct FilmBrowserTests {
    /// A page of the site's origin, to which a film is added.
    private static func open(_ browser: Browser, _ base: String) throws {
        var grant = Grant("team/*", expires: .now + .seconds(600))
        grant.disposition = .inline
        try browser.visit(base + GrantSite.grants.link(grant, to: "team/report.txt", in: .query))
        #expect(try browser.text("body") == "content of team/report.txt")
    }

    /// Plays a film eight times as fast as a viewer.
    ///
    /// - Returns: `ended` and the number of frames, or the error.
    private static func play(_ browser: Browser, _ url: String) throws -> String {
        try browser.evaluate(
            """
            window.film = document.createElement('video');
            film.muted = true;
            film.src = '\(url)';
            document.body.append(film);
            film.playbackRate = 8;
            film.play().catch(() => {});
            """)
        let end = try browser.wait(
            for: """
                if (film.error) return 'error ' + film.error.code + ': ' + film.error.message;
                return film.ended && 'ended ' + film.getVideoPlaybackQuality().totalVideoFrames;
                """)
        return end.string ?? ""
    }

    @Test(
        "A browser plays a film with one use, and has lost it when the grant is revoked", arguments: GateSite.servers,
        ["path", "cookie"])
    func plays(_ server: WebServer, _ place: String) throws {
        try Film.make()
        let site = try LedgerSite(server)
        let base = "http://localhost:\(site.sites[0].port)"
        let link = try site.sites[0].link(
            Film.playlist, "--grant", place, "--covers", "\(Film.folder)/*", "--id", "seen", "--uses", "1", "--base",
            base)
        let browser = try Browser()
        defer { try? browser.quit() }
        try Self.open(browser, base)
        #expect(try Self.play(browser, link) == "ended \(Film.segments * 10)")
        #expect(try site.uses("seen") == 1)
        #expect(try site.grants("revoke", "seen").end == .exited(0))
        // A page of its own, because the browser keeps segments that it has received.
        try browser.devTools("Network.clearBrowserCache", [:])
        try Self.open(browser, base)
        let end = try Self.play(browser, link)
        #expect(end.hasPrefix("error "), "\(end)")
    }
}
