import Glibc
import Sendfile

/// Headless Chromium, controlled over the WebDriver protocol (W3C Recommendation) through Debian's chromedriver.
final class Browser: Sendable {
    private let driver: HTTPClient
    private let session: String
    /// The directory of downloads, each in a directory of its own.
    private let directory: String

    /// The driver of this test run. Browsers are connected to it by a pipe and end with it.
    private static let driver = Result { try Browser.startDriver() }

    private static func startDriver(
        on host: HostNetwork.Host? = nil
    ) throws -> (client: HTTPClient, process: ChildProcess) {
        let directory = try Workspace.shared.makeDirectory("browser")
        let port = try Address.freePort()
        var environment = ChildProcess.plainEnvironment
        environment["HOME"] = directory
        environment["TMPDIR"] = directory
        // In other locales, Chromium supports only ASCII file names.
        environment["LC_ALL"] = "C.UTF-8"
        let process = try ChildProcess(
            (host?.wrapper ?? []) + ["chromedriver", "--port=\(port)", "--log-level=WARNING"], environment: environment,
            log: "\(directory)/chromedriver.log")
        // The driver sends "Connection: close" and leaves the connection open.
        let client = HTTPClient(port: port, network: try host?.network() ?? .own, readsToEnd: false)
        let deadline = time(nil) + Socket.patience
        while (try? client.get("/status"))?.status != 200 {
            guard process.isRunning, time(nil) < deadline else {
                throw Failure("chromedriver does not answer: \(try Files.text(process.log))")
            }
            usleep(10_000)
        }
        return (client, process)
    }

    /// Starts a browser with a new profile.
    convenience init() throws { try self.init(driver: Self.driver.get().client) }

    /// Starts a browser on a host, with a driver of its own.
    ///
    /// - Returns: The browser, and the driver's process, which ends the browser with it.
    static func start(on host: HostNetwork.Host) throws -> (browser: Browser, driver: ChildProcess) {
        let (client, process) = try Self.startDriver(on: host)
        return (try Browser(driver: client), process)
    }

    private init(driver: HTTPClient) throws {
        self.driver = driver
        self.directory = try Workspace.shared.makeDirectory("profile")
        let options: JSONValue = [
            "args": [
                // The tests may run as root, where the sandbox does not work. A pipe connects the browser to its
                // driver, not a port.
                "--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--disable-gpu", "--disable-dev-shm-usage",
                "--hide-scrollbars", "--force-color-profile=srgb", "--no-first-run", "--disable-breakpad",
                "--disable-background-networking", "--disable-component-update", "--mute-audio",
                .string("--user-data-dir=\(self.directory)/profile"),
            ]
        ]
        let answer = try Self.send(
            self.driver, "POST", "/session",
            [
                "capabilities": [
                    "alwaysMatch": [
                        "browserName": "chrome", "goog:chromeOptions": options,
                        "goog:loggingPrefs": ["performance": "ALL", "browser": "ALL"],
                    ]
                ]
            ])
        guard let session = answer["sessionId"]?.string else { throw Failure("no session: \(answer.text)") }
        self.session = session
    }

    /// Ends the browser.
    func quit() throws { _ = try Self.send(self.driver, "DELETE", "/session/\(self.session)", nil) }

    // MARK: User actions

    /// Opens an address and waits until the page is loaded.
    func visit(_ url: String) throws { try self.command("POST", "url", ["url": .string(url)]) }

    /// Clicks on the first element that matches a CSS selector, and waits until the target page is loaded.
    func follow(_ selector: String) throws {
        try self.evaluate("window.isLeft = true")
        try self.click(selector)
        try self.wait(for: "return !window.isLeft && document.readyState === 'complete'")
    }

    /// Clicks on the first element that matches a CSS selector.
    func click(_ selector: String) throws {
        try self.command("POST", "element/\(try self.element(selector))/click", [:])
    }

    /// Types into a field; for a file field, types the paths.
    func type(_ text: String, into selector: String) throws {
        try self.command("POST", "element/\(try self.element(selector))/value", ["text": .string(text)])
    }

    /// Presses a key in the focused element.
    func press(_ key: String) throws {
        let actions: JSONValue = [
            ["type": "keyDown", "value": .string(key)], ["type": "keyUp", "value": .string(key)],
        ]
        try self.command(
            "POST", "actions", ["actions": [["type": "key", "id": "keyboard", "actions": actions]]])
    }

    /// Deletes all cookies, which signs out the user.
    func deleteCookies() throws { try self.command("DELETE", "cookie", nil) }

    // MARK: Page content

    var url: String { get throws { try self.command("GET", "url", nil).string ?? "" } }

    var title: String { get throws { try self.command("GET", "title", nil).string ?? "" } }

    /// The visible text of an element.
    func text(_ selector: String) throws -> String {
        try self.command("GET", "element/\(try self.element(selector))/text", nil).string ?? ""
    }

    /// An attribute of an element in the page's source.
    func attribute(_ name: String, of selector: String) throws -> String? {
        try self.command("GET", "element/\(try self.element(selector))/attribute/\(name)", nil).string
    }

    func count(_ selector: String) throws -> Int {
        try self.command("POST", "elements", ["using": "css selector", "value": .string(selector)]).array?.count ?? 0
    }

    /// The result of a JavaScript function body in the page.
    @discardableResult
    func evaluate(_ script: String) throws -> JSONValue {
        try self.command("POST", "execute/sync", ["script": .string(script), "args": []])
    }

    /// The result of a JavaScript function body, as soon as it is neither false nor null.
    @discardableResult
    func wait(for script: String) throws -> JSONValue {
        let deadline = time(nil) + Socket.patience
        while true {
            // A page that is being unloaded returns nothing.
            let value = (try? self.evaluate(script)) ?? .null
            if value != .null, value != .bool(false) { return value }
            guard time(nil) < deadline else { throw Failure("never true at \(try self.url): \(script)") }
            usleep(20_000)
        }
    }

    /// The network events since the last call: events of the DevTools protocol, as JSON texts.
    func networkEvents() throws -> [String] {
        let entries = try self.command("POST", "se/log", ["type": "performance"]).array ?? []
        return entries.compactMap { $0["message"]?.string }.filter { $0.contains("\"Network.") }
    }

    /// The messages of the browser's console since the last call.
    func complaints() throws -> [String] {
        let entries = try self.command("POST", "se/log", ["type": "browser"]).array ?? []
        return entries.compactMap { $0["message"]?.string }
    }

    /// Sends a command of the DevTools protocol.
    @discardableResult
    func devTools(_ name: String, _ parameters: JSONValue) throws -> JSONValue {
        try self.command("POST", "goog/cdp/execute", ["cmd": .string(name), "params": parameters])
    }

    // MARK: Downloads

    /// The file that an action saves: its name and its bytes.
    func download(_ action: () throws -> Void) throws -> (name: String, bytes: [UInt8]) {
        try self.saved { _ in try action() }
    }

    /// The file that an action saves, given the directory in which the browser saves it.
    func saved(_ action: (String) throws -> Void) throws -> (name: String, bytes: [UInt8]) {
        let directory = "\(self.directory)/\(UInt64.random(in: 0 ... .max))"
        try Files.makeDirectory(directory)
        try self.devTools(
            "Browser.setDownloadBehavior", ["behavior": "allow", "downloadPath": .string(directory)])
        try action(directory)
        let deadline = time(nil) + Socket.patience
        while true {
            let names = try Files.names(in: directory)
            if let name = names.first, names.count == 1, !name.hasSuffix(".crdownload"), !name.hasPrefix(".") {
                return (name, try Files.read("\(directory)/\(name)"))
            }
            guard time(nil) < deadline else { throw Failure("nothing was downloaded, but \(names)") }
            usleep(10_000)
        }
    }

    // MARK: Protocol

    private func element(_ selector: String) throws -> String {
        let found = try self.command("POST", "element", ["using": "css selector", "value": .string(selector)])
        guard case .object(let members) = found, let id = members.values.first?.string else {
            throw Failure("no element: \(found.text)")
        }
        return id
    }

    @discardableResult
    private func command(_ method: String, _ path: String, _ parameters: JSONValue?) throws -> JSONValue {
        try Self.send(self.driver, method, "/session/\(self.session)/\(path)", parameters)
    }

    private static func send(
        _ driver: HTTPClient, _ method: String, _ path: String, _ parameters: JSONValue?
    ) throws -> JSONValue {
        let body = parameters.map { HTTPClient.Body.bytes(Array($0.text.utf8)) } ?? .none
        let answer = try driver.send(
            method, path, ["Content-Type": "application/json; charset=utf-8"], body: body)
        let value = try JSONValue(parsing: answer.body)["value"] ?? .null
        guard answer.status == 200 else {
            let what = parameters?.text.prefix(200) ?? ""
            throw Failure("\(method) \(path) \(what): \(value["error"]?.text ?? "") \(value["message"]?.text ?? "")")
        }
        return value
    }
}
