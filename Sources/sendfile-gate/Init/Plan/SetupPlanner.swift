import SendfileBasics

/// Derives the steps of a setup from the options and the state of the machine. It reads files and changes nothing.
struct SetupPlanner {
    let request: SetupRequest
    let facts: MachineFacts
    private(set) var notes: [String] = []
    private var steps: [SetupStep] = []

    init(_ request: SetupRequest, _ facts: MachineFacts) {
        self.request = request
        self.facts = facts
    }

    /// The socket on which the gate listens.
    var socket: String { self.facts.hasSystemd ? GatePaths.socket : GatePaths.ownSocket }

    /// The web server's configuration for this request.
    var readyMade: ReadyMade {
        ReadyMade(prefix: self.request.prefix, root: self.request.root, socket: self.socket)
    }

    /// Makes the plan. Every conflict is found here, before anything is done.
    func plan() throws(SetupRefusal) -> SetupPlan {
        var planner = self
        return try planner.makePlan()
    }

    private mutating func makePlan() throws(SetupRefusal) -> SetupPlan {
        guard try self.state(self.facts.resolved(self.request.root) ?? self.request.root)?.kind == .directory else {
            throw .unsuitable("--root is \(self.request.root.debugDescription), which is not a directory; create it")
        }
        if let obstacle = self.facts.obstacle {
            throw .unsuitable("--root is \(self.request.root.debugDescription), and \(obstacle)")
        }
        try self.requirePort()
        let host = self.request.server == .nginx ? try self.nginxHost() : nil
        try self.addDirectory(GatePaths.directory)
        try self.addSecret()
        let hadSettings = self.steps.count
        try self.addSettings(host)
        let changesSettings = self.steps.count > hadSettings
        if self.facts.hasSystemd { try self.addUnits() }

        let first = self.steps.count
        switch self.request.server {
        case .nginx: if let host { try self.addNginx(host) }
        case .lighttpd: try self.addLighttpd()
        case .apache: try self.addApache()
        }
        // A previous setup may have been interrupted before the web server read its files.
        let changesServer = self.steps.count > first || !self.facts.isServed
        if changesServer { self.add(.init(arguments: self.request.server.test)) }

        if self.facts.hasSystemd { self.start(changesSettings: changesSettings) }
        if changesServer {
            let reload = self.request.server.reload(withSystemd: self.facts.hasSystemd)
            let reason = self.facts.hasSystemd ? self.request.server.journal : nil
            // A server that did not run is stopped again.
            let undo = self.facts.isServerActive ? reload : ["systemctl", "stop", self.request.server.package]
            self.add(.init(arguments: reload, undo: undo, reason: reason, undoesLast: true))
        }
        return SetupPlan(notes: self.notes, steps: self.steps, start: self.facts.hasSystemd ? [] : self.startByHand)
    }

    /// Refuses a web server that cannot start, because another one has the URL's port.
    private func requirePort() throws(SetupRefusal) {
        let (server, holders) = (self.request.server, self.facts.portHolders)
        guard !self.facts.isServerActive,
            let other = ["nginx", "lighttpd", "apache2", "caddy"].first(where: holders.contains),
            other != server.package
        else { return }
        let choice = SetupServer.allCases.first { $0.package == other }.map { ", or use --server \($0.rawValue)" } ?? ""
        throw .unsuitable(
            "\(server.title) does not run, and port \(self.request.port) belongs to \(other): stop that (systemctl disable "
                + "--now \(other))\(choice)")
    }

    /// Refuses an http URL that the web server redirects to https before it looks for the gate.
    func requireNoRedirect() throws(SetupRefusal) {
        guard let redirect = self.facts.redirect else { return }
        throw .unsuitable(
            "--url is \(self.request.url.text), and \(self.request.server.title) redirects it to \(redirect); use that URL"
        )
    }

    private mutating func start(changesSettings: Bool) {
        if !self.facts.isSocketEnabled || !self.facts.isSocketActive {
            self.add(
                .init(
                    arguments: ["systemctl", "enable", "--quiet", "--now", "sendfile-gate.socket"],
                    undo: ["systemctl", "disable", "--quiet", "--now", "sendfile-gate.socket", "sendfile-gate.service"])
            )
        }
        // A gate that runs already has read the previous settings.
        if changesSettings { self.add(.init(arguments: ["systemctl", "try-restart", "sendfile-gate.service"])) }
    }

    /// The commands for a machine without systemd.
    private var startByHand: [String] {
        let group = GatePaths.group
        return [
            "install -d -o \(group) -g \(group) -m 750 /run/sendfile-gate",
            "setpriv --reuid=\(group) --regid=\(group) --init-groups env FASTCGI_LISTEN=\(GatePaths.ownSocket) "
                + "\(self.facts.program.quotedForShell) serve --config \(GatePaths.settings) 2>>/var/log/sendfile-gate.log &",
            "sendfile-gate check --config \(GatePaths.settings) --url \(self.request.url.text.quotedForShell)",
        ]
    }

    private mutating func addSecret() throws(SetupRefusal) {
        let path = GatePaths.secret
        guard let state = try self.state(path) else {
            var generator = SystemRandomNumberGenerator()
            let secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            return self.steps.append(
                .create(
                    .init(
                        path: path, content: "k1:\(Base64.standard.encode(secret))\n", mode: 0o640,
                        group: GatePaths.group, shown: "k1:(32 random bytes in base64)\n")))
        }
        // The secret of an existing file stays, because a site may sign links with it.
        guard state.group == GatePaths.group && state.mode & 0o040 != 0 || state.mode & 0o004 != 0 else {
            throw .conflict(
                "\(path) exists, and the gate cannot read it: chgrp \(GatePaths.group) \(path) && chmod 640 \(path)")
        }
    }

    private mutating func addSettings(_ host: NginxHost?) throws(SetupRefusal) {
        var values = [
            ("SENDFILE_ROOT", self.request.root), ("SENDFILE_LINK_SECRET_FILE", GatePaths.secret),
            ("SENDFILE_LINK_PREFIX", self.request.prefix),
        ]
        // nginx passes it to the gate; check reads it here.
        if let host {
            let inside = try self.nginxInternalURL(host)
            if inside != Self.nginxInternalURLs[0] { values.append(("SENDFILE_URL", inside)) }
        }
        guard let state = try self.state(GatePaths.settings) else {
            let lines = values.map { "\($0)=\($1)\n" }.joined()
            return self.add(
                GatePaths.settings, "# Settings of sendfile-gate; sendfile-gate help serve lists all of them.\n\(lines)"
            )
        }
        let made = self.request.server.ownFile
        let edit = try SettingsEdit(
            state.content, path: GatePaths.settings, setting: values, made: self.state(made) == nil ? nil : made)
        guard !edit.lines.isEmpty else { return }
        self.steps.append(
            .edit(
                path: GatePaths.settings, old: state.content, new: edit.text, lines: edit.lines, keepsCopy: false))
    }

    /// Adds the units, unless the Debian package has installed them.
    private mutating func addUnits() throws(SetupRefusal) {
        let own = "/etc/systemd/system/"
        var changes = false
        for (name, text) in [("sendfile-gate.service", GateUnits.service), ("sendfile-gate.socket", GateUnits.socket)] {
            var isPackaged = false
            for directory in ["/usr/lib/systemd/system/", "/lib/systemd/system/"] {
                if try self.state(directory + name) != nil { isPackaged = true }
            }
            if isPackaged, try self.state(own + name) == nil { continue }
            let count = self.steps.count
            try self.createOrKeep(own + name, text.replacing("/usr/bin/sendfile-gate", with: self.facts.program))
            if self.steps.count > count { changes = true }
        }
        if changes {
            let reload = ["systemctl", "daemon-reload"]
            self.add(.init(arguments: reload, undo: reload, undoesLast: true))
        }
    }
}

/// The parts that the plans of all web servers consist of.
extension SetupPlanner {
    mutating func note(_ sentence: String) { self.notes.append(sentence) }

    mutating func add(_ command: SetupStep.Command) { self.steps.append(.command(command)) }

    private mutating func add(_ path: String, _ content: String) {
        self.steps.append(.create(.init(path: path, content: content)))
    }

    mutating func addDirectory(_ path: String) throws(SetupRefusal) {
        switch try self.state(path)?.kind {
        case nil: self.steps.append(.directory(path))
        case .directory?: break
        default: throw .conflict("\(path) exists and is not a directory; remove it")
        }
    }

    /// Creates a file, unless it exists with this content. Any other content is the administrator's.
    mutating func createOrKeep(_ path: String, _ content: String) throws(SetupRefusal) {
        guard let state = try self.state(path) else { return self.add(path, content) }
        guard state.kind == .file, state.content == content else {
            throw .conflict(
                "\(path) exists with other content, and init overwrites nothing; move it away, or set up the gate by hand"
            )
        }
    }

    /// Creates a symbolic link, unless it exists with this target.
    mutating func linkOrKeep(_ path: String, to target: String) throws(SetupRefusal) {
        guard let state = try self.state(path) else { return self.steps.append(.link(path: path, target: target)) }
        guard state.kind == .link(target) else {
            throw .conflict("\(path) exists and is not a link to \(target), and init overwrites nothing; move it away")
        }
    }

    mutating func edit(_ path: String, from old: String, to new: String, lines: [String]) {
        self.steps.append(.edit(path: path, old: old, new: new, lines: lines, keepsCopy: true))
    }

    /// The state of a file; `nil` if it does not exist.
    func state(_ path: String) throws(SetupRefusal) -> FileState? {
        do {
            return try self.facts.file(path)
        } catch {
            throw .conflict("\(GateError(error))")
        }
    }
}
