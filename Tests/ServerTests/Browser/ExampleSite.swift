import FastCGI
import Glibc
import Sendfile
import SystemPackage

@testable import ProtectedDownloads

/// The protected-download site of Examples behind a web server, with a browser.
final class ExampleSite: Sendable {
    let site: Site
    let browser: Browser
    /// The directory of its files, with a folder for each team.
    let root: String
    /// The directory of its keys and its activity log.
    private let state: String

    private static let examples =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        + "/Examples"
    private static let sites = Locked<[WebServer: ExampleSite]>([:])

    /// The site behind a web server; started on first use, and shared by all tests.
    static func shared(_ server: WebServer) throws -> ExampleSite {
        try self.sites.withLock { sites in
            if let site = sites[server] { return site }
            let site = try ExampleSite(server)
            sites[server] = site
            return site
        }
    }

    private init(_ server: WebServer) throws {
        let directory = try Workspace.shared.makeDirectory("example")
        let program = try Workspace.install("ProtectedDownloads", in: directory)
        try Files.write(try Files.text("\(Self.examples)/ProtectedDownloads/users"), to: "\(directory)/users")
        self.root = "\(directory)/files"
        self.state = "\(directory)/state"
        try Files.makeDirectory(self.root)
        let samples = try ChildProcess(
            ["\(Self.examples)/make-samples", self.root], log: "\(directory)/make-samples.log")
        guard try samples.waitForEnd() == .exited(0) else { throw Failure(try Files.text(samples.log)) }
        // The sample of 1 GiB is for manual tests; browsers need not write it to disk.
        guard truncate("\(self.root)/research/sky survey.img", 1 << 20) == 0 else { throw Failure.system("truncate") }
        for (name, content) in Self.hardNames {
            try Files.write("\(content)\n".utf8, to: "\(self.root)/everyone/\(name)".utf8)
        }
        if geteuid() == 0 {
            let owner = try ChildProcess(["chown", "-R", "www-data:www-data", directory], log: "\(directory).log")
            guard try owner.waitForEnd() == .exited(0) else { throw Failure(try Files.text(owner.log)) }
        }
        self.site = try Site(
            Delivery(server: server, streams: false), settings: Self.settings(server),
            program: SiteProgram(
                path: program, root: self.root, readyTarget: "/sign-in",
                environment: ["SENDFILE_ROOT": self.root, "DOWNLOADS_UPLOAD_BYTES": "\(Self.uploadLimit)"]))
        self.browser = try Browser()
    }

    /// The maximum size of an uploaded file, in bytes.
    static let uploadLimit = 8 << 20

    /// The settings that a web server passes to the program that it starts.
    private static func settings(_ server: WebServer) -> [String: String] {
        switch server {
        case .lighttpd:
            let line = "\"SENDFILE_BACKEND\" => \"lighttpd\","
            return [line: "\(line) \"DOWNLOADS_UPLOAD_BYTES\" => \"\(Self.uploadLimit)\","]
        case .apacheFcgid:
            let line = "FcgidInitialEnv SENDFILE_BACKEND apache"
            return [line: "\(line)\nFcgidInitialEnv DOWNLOADS_UPLOAD_BYTES \(Self.uploadLimit)"]
        default: return [:]
        }
    }

    /// Further names that need care. Chromium cannot save a file whose name is longer than 244 bytes, because it
    /// appends `.crdownload` during the download.
    static let hardNames = [
        "two\r\nX-Sendfile: lines.txt": "a name with a line end",
        "\(String(repeating: "とても長い名前", count: 11))とても.txt": "a name of 244 bytes",
        "page.html": "<script>alert(1)</script>",
        "back\\slash; semicolon.txt": "separators",
    ]

    func url(_ path: String) -> String { "http://localhost:\(self.site.port)\(path)" }

    /// Opens a page of the site.
    func visit(_ path: String) throws { try self.browser.visit(self.url(path)) }

    /// Signs in, unless this user is signed in already.
    func signIn(_ name: String = "margaret", _ password: String = "to the moon") throws {
        try self.visit("/")
        if try self.browser.count(".who") > 0 {
            if try self.browser.text(".who").contains(name) { return }
            try self.browser.follow(".account .button")
        }
        try self.browser.visit(self.url("/sign-in"))
        try self.browser.type(name, into: "input[name=name]")
        try self.browser.type(password, into: "input[name=password]")
        try self.browser.follow("main .button")
    }

    /// The session cookie of the signed-in user, for requests without the browser.
    func cookie() throws -> String {
        let cookies = try self.browser.devTools("Network.getCookies", ["urls": [.string(self.url("/"))]])
        guard let cookie = cookies["cookies"]?.array?.first(where: { $0["name"]?.string == "session" }),
            let value = cookie["value"]?.string
        else { throw Failure("no user is signed in: \(cookies.text)") }
        return "session=\(value)"
    }

    /// The lines of the activity log.
    func log() throws -> [String] {
        let path = "\(self.state)/activity.log"
        return access(path, F_OK) == 0 ? try Files.text(path).split(separator: "\n").map(String.init) : []
    }

    /// A link to the page of a share, as the site would create it, even for an unauthorized user.
    func link(to name: String, team: String, by user: String, expires: Int64) throws -> String {
        let shares = try Shares(key: FilePath("\(self.state)/links.key"))
        let file = try FileLibrary(root: FilePath(self.root)).file(FileAddress(team: team, name: Array(name.utf8)))
        let maker =
            try Users(path: FilePath("\(self.root)/../users")).user(named: user)
            ?? User(name: user, teams: [team], password: .unmatchable)
        return try shares.link(to: Share(file: file, user: maker, expires: expires), for: .page).description
    }
}
