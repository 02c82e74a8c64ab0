/// Looking at this machine, without a request.
extension Examination {
    /// Collects facts about this machine without a request.
    func lookAround(_ facts: inout Facts) throws {
        let name = self.user ?? facts.configuration?.user ?? facts.server.user
        let user = name.flatMap(LocalUser.init(named:))
        if let name = self.user, user == nil {
            throw CheckFailure(.unusable, "--user is \"\(name)\", which is not a user of this machine")
        }
        if let user { facts.access = FileAccess(of: self.target.file.path, by: user) }
        if let user, let secret = self.target.gate?.secretFile, [.apache, .lighttpd].contains(facts.server) {
            facts.secretAccess = FileAccess(of: secret, by: user)
        }
        if facts.server == .apache { facts.decodingModule = ApacheModule.decoding }
        // A socket that works needs no test: what this machine's files say may be wrong.
        let isUnreached = facts.whole.status == 0 || facts.whole.status >= 500
        let configured = isUnreached ? facts.route.flatMap { facts.configuration?.socket($0) } : nil
        // The web server's line counts: the program may listen at another path.
        facts.socketPath = configured ?? self.socket
        facts.socket = facts.socketPath.map { SocketState(at: $0, for: user) }
        guard self.target.gate != nil, let configuration = facts.configuration, let route = facts.route else { return }
        let members = configuration.upstream(route)
        if members.count > 1 {
            facts.members = members.map { line in
                (line, ServerConfiguration.path(line.words.first ?? "").map { SocketState(at: $0, for: user) })
            }
        }
    }

    /// Collects facts about the program if it was not reached, or did not send the file.
    func lookAtProgram(_ facts: inout Facts, since begin: Double) async {
        let status = facts.whole.status
        guard status != 200 || self.target.gate != nil else { return }
        let users = (self.target.activity?.all ?? []).compactMap { LocalUser(ofProcess: $0) }
        let accesses = users.map { FileAccess(of: self.target.file.path, by: $0) }
        // Another program of this kind may run for other files.
        if status != 200, FrontServer.author(ofErrorPage: facts.whole) == nil, status == 404 || status == 500,
            accesses.allSatisfy({ !$0.obstacles.isEmpty })
        {
            facts.programAccess = accesses.first
        }
        let unit = self.target.gate == nil ? "sendfile" : "sendfile-gate"
        let isUnreached = status == 0 || status >= 500
        if isUnreached {
            facts.journal = await UnitJournal.lines(of: ["\(unit).service", "lighttpd.service"], since: begin)
        }
        // lighttpd and mod_fcgid start the program themselves.
        let hasSocket = facts.socket != nil || facts.route.flatMap { facts.configuration?.socket($0) } != nil
        guard ![.lighttpd, .apache].contains(facts.server) || hasSocket else { return }
        for _ in 0..<5 {
            facts.units = await UnitState(unit)
            guard facts.units?.isChanging == true else { return }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Looks at each step of the request's way on this machine.
    func follow(_ facts: inout Facts, since begin: Double) async {
        let file = self.target.file.path
        let programs = (self.target.activity?.all ?? []).sorted()
        facts.trail.gates = programs.compactMap(GateProcess.init)
        let views = programs.map { ProcessView(of: file, by: $0) }
        // Another program of this kind may run for other files.
        if views.allSatisfy({ $0 != nil }) { facts.programView = views.first ?? nil }
        let servers = ServerProcesses.all(of: facts.server).map { ProcessView(of: file, by: $0.process) }
        if servers.allSatisfy({ $0 != nil }) { facts.serverView = servers.first ?? nil }
        if self.target.standsForRoot, let root = self.target.root {
            let gates = (self.target.activity?.all ?? []).compactMap { LocalUser(ofProcess: $0) }.prefix(1)
            facts.survey = RootSurvey(of: root, users: (facts.access.map { [$0.user] } ?? []) + gates)
        }
        let request = RoutedRequest(self.target.url)
        facts.trail.holders = (try? PortHolders.names(of: request.port)) ?? []
        facts.trail.listeners = (try? PortHolders.names(of: request.port, at: facts.whole.peer)) ?? []
        facts.trail.front = FrontFiles.lines(facts)
        let service = facts.configuration?.service
        if facts.whole.status != 200 {
            let units = ["sendfile-gate.service", "sendfile-gate.socket"] + (service.map { ["\($0).service"] } ?? [])
            facts.trail.journal = await UnitJournal.lines(of: units, since: begin)
            // systemd does not try again, so the reason is an older line.
            if facts.trail.journal.isEmpty, facts.units?.hasFailed == true {
                let older = await UnitJournal.lines(of: units, since: begin - 600)
                facts.trail.journal = older.filter { !$0.contains("answered with") }
            }
        }
        facts.trail.unread = facts.configuration.map(UnreadFiles.find) ?? []
        let passes = facts.route?.directives.contains(where: ServerConfiguration.passes) ?? false
        if let configuration = facts.configuration, !passes,
            configuration.passers.isEmpty || !configuration.passesToGate
        {
            facts.trail.gaps = IncludeGaps.lines(configuration)
        }
        await self.compare(&facts)
    }

    /// Compares this machine's files with the ready-made ones.
    private func compare(_ facts: inout Facts) async {
        guard let configuration = facts.configuration, let route = facts.route, let gate = self.target.gate else {
            return
        }
        let usesUnits = configuration.passesToGate || configuration.passers.isEmpty
        var units = facts.units
        if units == nil, usesUnits { units = await UnitState("sendfile-gate") }
        let serverUnits = await UnitState(configuration.service)
        facts.trail.serverUnits = serverUnits
        if facts.staleFile == nil { facts.staleFile = configuration.staleFile(changed: serverUnits?.lastChange) }

        let ready = ReadyMade(
            prefix: gate.base.path == "/" ? "" : gate.base.path, root: self.target.shownRoot,
            socket: units == nil ? configuration.socket(route) ?? GatePaths.socket : GatePaths.socket)
        let deviations = Deviations(
            configuration, ready, self.target.internalPrefix, route,
            facts.server == .nginx ? facts.internalRoute : nil,
            packaged: await PackagedFiles.unchanged(of: facts.server))
        let settings = Set(facts.trail.gates.compactMap(\.settingsFile) + [gate.settingsFile].compactMap { $0 })
        let unitLines = (units?.differences ?? []) + (serverUnits?.differences ?? [])
        facts.trail.differences =
            deviations.differences + unitLines + settings.sorted().flatMap(SettingsLines.differences)
        if !unitLines.isEmpty {
            facts.trail.verification = await UnitState.verification(of: [units, serverUnits].compactMap { $0 })
        }
        if facts.whole.status >= 500 { facts.trail.obstacles = GateObstacles.start(route, by: facts.access?.user) }
        if let units { facts.trail.obstacles += GateObstacles.find(facts.programWords, units) }
    }
}
