import Glibc
import Sendfile

/// A site with a framework and the code of its article, behind a web server with the gate.
final class MigratedSite: Sendable {
    /// The code of the article that serves a request.
    enum Code: String, CaseIterable {
        case before
        case after
        /// The code after the change, with links that have expired.
        case expired
    }

    /// A response to curl, which has followed redirects.
    struct Answer {
        let status: Int
        /// The URL of the last response, without the server.
        let target: String
        /// The header fields of each response.
        let heads: [[String: String]]
        let body: [UInt8]
    }

    let framework: SiteFramework
    private let directory: String
    private let gate: GateSite
    private let process: ChildProcess

    /// The site of a framework; started on first use, and shared by all tests.
    static func shared(_ framework: SiteFramework) throws -> MigratedSite {
        try self.sites.withLock { sites in
            if let site = sites[framework] { return site }
            let site = try MigratedSite(framework)
            sites[framework] = site
            return site
        }
    }

    private static let sites = Locked<[SiteFramework: MigratedSite]>([:])

    private init(_ framework: SiteFramework) throws {
        self.framework = framework
        let workspace = try Workspace.shared
        self.directory = try workspace.makeDirectory(framework.rawValue)
        let (directory, suffix) = (self.directory, framework.suffix)
        // The site's user reads the gate's secret, as the article tells.
        try Files.write("\(GateSite.secret)\n", to: "\(directory)/secret", mode: 0o400)
        try Files.giveToServer("\(directory)/secret")
        try Files.write("\(framework.recipe.code())\n", to: "\(directory)/gate_links.\(suffix)")
        let page = try MigrationPage(framework.article)
        for code in Code.allCases {
            var text = try page.block(framework.recipe.rawValue, below: code == .before ? "Before" : "After")
            if code == .expired {
                guard text.contains("+ 60") else { throw Failure("\(page.name): the link is not valid for 60 s") }
                text = text.replacing("+ 60", with: "- 60")
            }
            try Files.write(
                Self.adapted(text, directory, workspace.root), to: "\(directory)/\(code.rawValue).\(suffix)")
        }
        if framework == .rails {
            let rack = try page.block("ruby", below: "After", 1)
            try Files.write(Self.adapted(rack, directory, workspace.root), to: "\(directory)/rack.rb")
        }
        let sites = "\(CodeBlock.package)/Tests/ServerTests/Migration/Sites"
        let program = "\(directory)/\(framework.siteName)"
        try Files.write(try Files.read("\(sites)/\(framework.siteName)"), to: program.utf8, mode: 0o755)

        let port = try Address.freePort()
        self.process = try ChildProcess(
            ChildProcess.asServer + ["sh", "-c", "cd \"$0\" && exec \"$@\"", directory]
                + framework.command(port: port, directory: directory), log: "\(directory)/site.log")
        self.gate = try GateSite.shared(
            .init(
                server: framework.server, settings: ["SENDFILE_LINK_PREFIX": "/downloads"], isPart: true,
                application: port))
        let (process, log) = (self.process, "\(directory)/site.log")
        try Deadline.wait("\(framework) answers", seconds: 120) {
            guard process.isRunning else { throw Failure("\(framework) has ended: \(try Files.text(log))") }
            return (try? Socket.connected(to: .loopback(port: port), in: .own)) != nil
        }
    }

    /// Replaces the paths of an article.
    private static func adapted(_ text: String, _ directory: String, _ root: String) -> String {
        text.replacing("/etc/sendfile-gate/secret", with: "\(directory)/secret").replacing("/srv/reports", with: root)
    }

    /// The log of the site, and those of the gate.
    var logs: String { "\((try? Files.text("\(self.directory)/site.log")) ?? "")\(self.gate.logs)" }

    /// Signs a user in.
    ///
    /// - Returns: The user's cookies, for ``get(_:cookies:)``.
    func signIn(_ user: String) throws -> String {
        let cookies = "\(try Workspace.shared.makeDirectory("cookies"))/\(user)"
        let (path, form) = self.framework.signIn(user)
        let answer = try self.curl(["--data", form, self.url(path)], cookies: cookies)
        guard answer.status < 400 else { throw Failure("\(user) cannot sign in: \(answer.status)\n\(self.logs)") }
        return cookies
    }

    /// Requests a URL as a signed-in user, and follows redirects.
    func get(_ target: String, cookies: String, follows: Bool = true, _ options: String...) throws -> Answer {
        try self.curl(options + (follows ? ["--location"] : []) + [self.url(target)], cookies: cookies)
    }

    private func url(_ target: String) -> String { "http://127.0.0.1:\(self.gate.port)\(target)" }

    private func curl(_ arguments: [String], cookies: String) throws -> Answer {
        let directory = try Workspace.shared.makeDirectory("curl")
        let process = try ChildProcess(
            [
                "curl", "--silent", "--show-error", "--max-time", "60", "--cookie", cookies, "--cookie-jar", cookies,
                "--dump-header", "\(directory)/head", "--output", "\(directory)/body", "--write-out",
                "%{http_code} %{url_effective}",
            ] + arguments, log: "\(directory)/log")
        let end = try process.waitForEnd(seconds: 90)
        let text = try Files.text(process.log)
        let parts = text.split(separator: " ", maxSplits: 1)
        guard end == .exited(0), parts.count == 2, let status = Int(parts[0]) else {
            throw Failure("curl ended with \(end): \(text)\n\(self.logs)")
        }
        let heads = try Files.text("\(directory)/head").replacing("\r\n", with: "\n").split(separator: "\n\n")
        let body = access("\(directory)/body", F_OK) == 0 ? try Files.read("\(directory)/body") : []
        return Answer(
            status: status, target: String(parts[1].dropFirst(self.url("").count)),
            heads: heads.map { head in
                let fields = head.split(separator: "\n").dropFirst().map { $0.split(separator: ":", maxSplits: 1) }
                return Dictionary(
                    fields.filter { $0.count == 2 }.map { ($0[0].lowercased(), String($0[1].drop { $0 == " " })) }
                ) { "\($0), \($1)" }
            }, body: body)
    }
}
