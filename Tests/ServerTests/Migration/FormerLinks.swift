/// The two functions of an article, which make a site's links before and after the change, run by PHP.
struct FormerLinks {
    let page: MigrationPage
    let site: GateSite

    /// The functions of a module's article, and the gate with the article's settings.
    init(_ module: FormerModule) throws {
        self.page = try MigrationPage(module.rawValue)
        var settings = try self.page.settings()
        guard let format = settings.removeValue(forKey: "SENDFILE_LINK_FORMAT") else {
            throw Failure("\(module.rawValue) does not set the format of links")
        }
        self.site = try GateSite.shared(
            .init(server: module.server, format: format, settings: settings, secrets: try self.page.secrets()))
    }

    /// A link of the code before the change, made at another time than now.
    func old(_ path: String, seconds: Int = 0) throws -> String {
        let code = try self.page.block("php", below: "Before").replacing("time()", with: "(time() + \(seconds))")
        return try self.run(code, "old_link", path)
    }

    /// A link of the code after the change.
    func new(_ path: String) throws -> String {
        let code = try self.page.block("php", below: "After")
        return try self.run(
            code.replacing("/etc/sendfile-gate/secret", with: "\(self.site.directory)/secret"), "new_link", path)
    }

    private func run(_ code: String, _ function: String, _ path: String) throws -> String {
        let directory = try Workspace.shared.makeDirectory("former")
        try Files.write("\(Recipe.php.code())\n", to: "\(directory)/gate_links.php")
        try Files.write("\(code)\necho \(function)($argv[1]);\n", to: "\(directory)/link.php")
        let process = try ChildProcess(["php", "\(directory)/link.php", path], log: "\(directory)/link")
        let end = try process.waitForEnd()
        let link = try Files.text(process.log)
        guard end == .exited(0), link.hasPrefix("/dl/") else { throw Failure("\(function) ended with \(end): \(link)") }
        return link
    }
}
