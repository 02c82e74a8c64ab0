import Glibc
import SignedLinks
import Testing

/// A film in segments, played with one grant.
@Suite(.serialized) struct GatePlaylistTests {
    @Test(
        "ffmpeg plays all segments of a film by a link whose token is in the path, or becomes a cookie",
        arguments: GateSite.servers, ["path", "cookie"])
    func plays(_ server: WebServer, _ place: String) throws {
        try Film.make()
        let site = try GrantSite.site(server)
        let link = try site.link(
            Film.playlist, "--grant", place, "--covers", "\(Film.folder)/*", "--base", "http://localhost:\(site.port)")
        let (frames, messages) = try Film.play(link)
        #expect(frames == Film.segments * 10, "\(messages)")
        // The grant of another folder, and none.
        let other = try GrantSite.grants.link(
            Grant("films/8/*", expires: .now + .seconds(600)), to: "films/8/index.m3u8",
            in: place == "path" ? .path : .exchange)
        let wrong = other.replacing("films/8/", with: "films/7%20%C3%BC/")
        #expect(try Film.play("http://localhost:\(site.port)\(wrong)").frames == 0)
        #expect(try Film.play("http://localhost:\(site.port)/films/7%20%C3%BC/index.m3u8").frames == 0)
    }

    @Test("A film that is being played ends with its grant", arguments: GateSite.servers)
    func ends(_ server: WebServer) throws {
        try Film.make()
        let site = try GrantSite.site(server)
        let playlist = try site.client.get("/films/7%20%C3%BC/index.m3u8?grant=\(try GrantSite.token("films/*"))")
        let segments = playlist.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(segments.count == Film.segments)
        let token = try GrantSite.token("\(Film.folder)/*") { $0.expires = .now + .seconds(1) }
        let requests = GrantSite.requests("films/7%20%C3%BC", token)
        let deadline = time(nil) + Socket.patience
        // The query is not a place for a film.
        for (folder, fields) in requests.dropFirst() {
            var index = 0
            while try site.client.get("\(folder)/\(segments[index % segments.count])", fields).status == 200,
                time(nil) < deadline
            {
                index += 1
            }
            for name in segments + ["index.m3u8"] {
                let answer = try site.client.get("\(folder)/\(name)", fields)
                #expect(answer.status == 410)
                #expect(answer.field("Content-Type") == "text/html; charset=utf-8")
            }
        }
    }

    @Test("ffmpeg loses the film when the grant ends", arguments: GateSite.servers, ["path", "cookie"])
    func loses(_ server: WebServer, _ place: String) throws {
        try Film.make()
        let site = try GrantSite.site(server)
        let link = try site.link(
            Film.playlist, "--grant", place, "--covers", "\(Film.folder)/*", "--expires", "2", "--base",
            "http://localhost:\(site.port)")
        // Five times as fast as a viewer: the whole film takes four seconds.
        let (frames, messages) = try Film.play(link, options: ["-readrate", "5"])
        #expect(frames < Film.segments * 10, "\(messages)")
        #expect(messages.contains("410"), "\(messages)")
    }
}
