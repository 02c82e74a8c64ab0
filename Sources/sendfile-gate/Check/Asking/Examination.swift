import CLinux
import Glibc
import HTTPTypes
import Sendfile
import SystemPackage

/// Sends all requests and collects the facts.
struct Examination {
    let target: Target
    let curl: Curl
    /// The web server, if `--server` names it; otherwise it is derived from the responses.
    let server: FrontServer?
    /// The web server's user, if `--user` names it.
    let user: String?
    /// The path of the program's socket, if known.
    let socket: String?
    private let pace = Pace()

    init(target: Target, curl: Curl, server: FrontServer?, user: String?, socket: String?) {
        (self.target, self.curl, self.server, self.user, self.socket) = (target, curl, server, user, socket)
    }

    /// - Throws: ``CheckFailure`` if the server cannot be reached.
    func run() async throws -> Facts {
        let target = self.target
        try await target.file.waitUntilOld()
        let configurations = LocalConfigurations(target.url)
        var question = Question(label: "GET", url: target.url, headers: target.headers)
        if !configurations.isEmpty { question.showsPeer = await Curl.knowsPeer }
        let begin = time(nil)
        let (whole, transfer) = try await self.transfer(question)
        let end = time(nil)

        var facts = Facts(
            target: target, server: self.server ?? configurations.server(of: whole), whole: whole)
        configurations.describe(&facts)
        facts.transfer = transfer
        facts.clockDifference = whole.field("Date").flatMap { HTTPDate($0) }.map { date in
            // The head was written between these times; a large file takes a while.
            Int(date.seconds) - min(max(Int(date.seconds), begin), end)
        }
        try self.lookAround(&facts)
        await self.lookAtProgram(&facts, since: begin)
        if target.gate != nil { await self.follow(&facts, since: begin) }

        if self.isLimit(whole, facts) { facts.limit = whole }
        // If the program does not respond, each of about a hundred further requests may have to wait for it.
        guard whole.status > 0, whole.status < 500, facts.limit == nil else { return facts }
        do {
            try await self.askFurther(&facts)
        } catch let limited as Limited {
            facts.limit = limited.answer
        }
        return facts
    }

    /// Sends all requests after the first one.
    ///
    /// - Throws: ``Limited`` if the web server limits them.
    private func askFurther(_ facts: inout Facts) async throws {
        let (target, whole) = (self.target, facts.whole)
        if let gate = target.gate {
            try await self.askGate(gate, &facts)
        } else if !target.headers.isEmpty {
            facts.anonymous = try await self.ask(
                Question(label: "GET without the given headers", url: target.url, enough: Self.enough))
        }
        try await self.askWithAnotherPassword(&facts)
        facts.head = try await self.ask("HEAD", method: "HEAD")
        if target.mayPost { facts.post = try await self.ask("POST", method: "POST") }
        if target.namesFile {
            let name = "sendfile-gate-check-\(Self.random())"
            facts.missing = try await self.ask("GET of a missing file", at: target.url(of: name))
        }
        if target.gate == nil, let directory = target.url.directory {
            facts.directory = try await self.ask("GET of the directory", at: directory)
        }
        if whole.status == 200, whole.isFile(target.file.size) {
            try await self.askAboutParts(&facts)
            do {
                try await self.askForNames(&facts)
            } catch let failure as CheckFailure where failure.code == .unwritable {
                facts.whyNoNames = failure.description
            }
        }
        facts.inside = try await self.ask(Elsewhere.inside(target), label: "GET of the internal prefix")
        facts.outside = try await self.ask(Elsewhere.outside(target), label: "GET of a public URL")
    }

    /// Requests the file with invalid links.
    private func askGate(_ gate: GateLinks, _ facts: inout Facts) async throws {
        let path = self.target.pathBelowRoot
        facts.anonymous = try await self.ask("GET without a signature", at: gate.unsigned(path))
        facts.expired = try await self.ask("GET with an expired link", at: gate.url(path, .expired))
        facts.forged = try await self.ask("GET with a forged link", at: gate.url(path, .forged))
        // No cache contains this name. With the file's extension, the web server treats both names alike.
        let file = self.target.file.name
        let tail = file.lastIndex(of: ".").map { String(file[$0...]) } ?? ""
        let question = GateQuestion(gate.links)
        let asked = try await self.ask(
            "GET of a missing file, with a question to the gate",
            at: self.target.url(of: "sendfile-gate-check-\(Self.random())\(tail)"), with: [question.line])
        facts.asked = asked
        facts.gateReply = question.reply(in: asked.field(GateQuestion.field.canonicalName))
        guard !facts.whole.isFile(self.target.file.size) else { return }
        let own = try await self.ask("GET, with a question to the gate", with: [question.line])
        facts.ownReply = question.reply(in: own.field(GateQuestion.field.canonicalName))
    }

    /// Requests the file as the same user with a random password, if a name and a password give access to it.
    private func askWithAnotherPassword(_ facts: inout Facts) async throws {
        let target = self.target
        guard let headers = BasicAuthorization.mistaken(target.headers) else { return }
        let others = BasicAuthorization.removed(target.headers)
        if !others.isEmpty || target.gate != nil {
            // A cookie or a link alone may give access.
            let without = Question(
                label: "GET without Authorization", url: target.url, headers: others, enough: Self.enough)
            guard try await !self.ask(without).gives(target.file.size) else { return }
        }
        facts.mistaken = try await self.ask(
            Question(label: "GET with another password", url: target.url, headers: headers, enough: Self.enough))
    }

    /// The number of body bytes after which it is certain that the body is the file.
    private static let enough = 65_536

    /// Sends a request, again after a pause if the web server limits their rate.
    private func ask(_ question: Question, comparingWith file: FileDescriptor? = nil) async throws -> Answer {
        while true {
            let answer = try await self.curl.ask(question, comparingWith: file ?? self.target.file.descriptor)
            // The first response was none of these.
            guard answer.status == 429 || answer.status == 503 else { return answer }
            guard try await self.pace.pause() else { throw Limited(answer: answer) }
        }
    }

    /// Whether the first response is due to a limit.
    private func isLimit(_ whole: Answer, _ facts: Facts) -> Bool {
        whole.status == 429 || whole.status == 503 && facts.errorLog.contains { $0.contains("limiting ") }
    }

    private func ask(
        _ label: String, method: String = "GET", at url: URLText? = nil, with headers: [String] = [], offset: Int = 0,
        enough: Int? = Self.enough
    ) async throws -> Answer {
        try await self.ask(
            Question(
                label: label, url: url ?? self.target.url(for: method), method: method,
                headers: self.target.headers + headers,
                offset: offset, enough: enough))
    }

    /// Requests these paths, eight at a time, without the given header fields.
    private func ask(_ paths: [String], label: String) async throws -> [Answer] {
        let questions = paths.map { Question(label: label, url: self.target.url.at($0), enough: Self.enough) }
        return try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            var answers = [Answer?](repeating: nil, count: questions.count)
            var next = 0
            func add() {
                guard next < questions.count else { return }
                let index = next
                next += 1
                group.addTask { (index, try await self.ask(questions[index])) }
            }
            for _ in 0..<8 { add() }
            while let (index, answer) = try await group.next() {
                answers[index] = answer
                add()
            }
            return answers.compactMap { $0 }
        }
    }

    /// Sends requests with ranges and conditions, once the whole file is known to arrive.
    private func askAboutParts(_ facts: inout Facts) async throws {
        let size = self.target.file.size
        let (first, last) = (size / 3, min(size - 1, size / 3 + 4095))
        facts.range = try await self.ask("Range", with: ["Range: bytes=\(first)-\(last)"], offset: first, enough: nil)
        facts.beyond = try await self.ask("Range beyond the end", with: ["Range: bytes=\(size)-"])
        if let tag = facts.whole.field("ETag") {
            facts.matching = try await self.ask("If-None-Match", with: ["If-None-Match: \(tag)"])
            facts.resumed = try await self.ask(
                "If-Range", with: ["Range: bytes=\(first)-\(last)", "If-Range: \(tag)"], offset: first)
        }
        if let date = facts.whole.field("Last-Modified") {
            facts.unmodified = try await self.ask("If-Modified-Since", with: ["If-Modified-Since: \(date)"])
        }
        facts.compressed = try await self.ask("GET with Accept-Encoding", with: ["Accept-Encoding: gzip, br"])
    }

    /// Collects facts about this machine without a request.
    private func lookAround(_ facts: inout Facts) throws {
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
        if let socket = configured ?? self.socket { facts.socket = SocketState(at: socket, for: user) }
    }

    /// Collects facts about the program if it was not reached, or did not send the file.
    private func lookAtProgram(_ facts: inout Facts, since begin: Int) async {
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

    /// The first of these files that its link does not return.
    func failing(_ files: [String]) async throws -> String? {
        guard let gate = self.target.gate, let root = self.target.root else { return nil }
        for path in files {
            guard let file = try? CheckedFile(path) else { continue }
            defer { try? file.descriptor.close() }
            let url = try gate.url(String(path.dropFirst(root.count + 1)))
            let question = Question(
                label: "GET of another file", url: url, headers: self.target.headers + ["Accept-Encoding: gzip"],
                enough: Self.enough)
            guard let answer = try? await self.ask(question, comparingWith: file.descriptor) else { return nil }
            if answer.status == 429 || answer.status == 503 { return nil }
            if !answer.gives(file.size) { return path }
        }
        return nil
    }

    /// Looks at each step of the request's way on this machine.
    private func follow(_ facts: inout Facts, since begin: Int) async {
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
        facts.trail.listeners = (try? PortHolders.names(of: RoutedRequest(self.target.url).port)) ?? []
        if facts.whole.status != 200 {
            facts.trail.journal = await UnitJournal.lines(of: ["sendfile-gate.service"], since: begin)
        }
        facts.trail.unread = facts.configuration.map(UnreadFiles.find) ?? []
        guard let route = facts.route, let gate = self.target.gate else { return }
        let packaged = await PackagedFiles.unchanged(of: facts.server)
        let socket = facts.configuration?.socket(route) ?? GatePaths.socket
        let ready = ReadyMade(
            prefix: gate.base.path == "/" ? "" : gate.base.path, root: self.target.shownRoot, socket: socket)
        facts.trail.deviations = Deviations(
            facts.server, ready, self.target.internalPrefix, route,
            facts.server == .nginx ? facts.internalRoute : nil, packaged: packaged)
    }

    /// Sends a request and counts the bytes that the program writes meanwhile.
    private func transfer(
        _ question: Question, comparingWith file: FileDescriptor? = nil, size: Int? = nil
    ) async throws -> (Answer, Facts.Transfer?) {
        let before = self.target.activity?.bytesWritten ?? [:]
        let answer = try await self.curl.ask(question, comparingWith: file ?? self.target.file.descriptor)
        let after = self.target.activity?.bytesWritten ?? [:]
        guard !after.isEmpty else { return (answer, nil) }
        let size = size ?? self.target.file.size
        return (
            answer,
            Facts.Transfer(
                size: size, written: ProgramActivity.difference(before, after), isRight: answer.isFile(size))
        )
    }

    // MARK: Other files in the directory

    private func askForNames(_ facts: inout Facts) async throws {
        let target = self.target
        guard target.namesFile else { return }
        for name in target.names {
            let file = try CheckedFile("\(target.file.directory)/\(name)")
            facts.names.append(try await self.named(name, file.descriptor, size: file.size))
        }
        guard target.mayWrite else { return }
        let head = "sendfile-gate-check-\(Self.random())"
        let tail = target.file.name.lastIndex(of: ".").map { String(target.file.name[$0...]) } ?? ""
        // Decoding the second name once more than necessary, or the first not at all, gives the other name.
        let plain = try TestFile("\(head) 100% 日本語\(tail)", beside: target.file)
        defer { plain.remove() }
        let encoded = try TestFile("\(head) 100%25 日本語\(tail)", beside: target.file)
        defer { encoded.remove() }
        facts.names.append(try await self.named(plain.name, plain.descriptor, size: plain.size))
        facts.names.append(try await self.named(encoded.name, encoded.descriptor, size: encoded.size))
        if target.activity != nil, target.file.size < Facts.largeSize {
            let large = try TestFile("\(head)\(tail)", beside: target.file, size: 64 << 20)
            defer { large.remove() }
            let question = Question(
                label: "GET of a large file", url: try target.url(of: large.name), headers: target.headers)
            facts.largeTransfer = try await self.transfer(
                question, comparingWith: large.descriptor, size: large.size
            ).1
        }
    }

    private func named(_ name: String, _ file: FileDescriptor, size: Int) async throws -> Facts.NamedAnswer {
        let question = Question(
            label: "GET of another name", url: try self.target.url(of: name), headers: self.target.headers)
        return Facts.NamedAnswer(
            name: name, size: size, answer: try await self.ask(question, comparingWith: file))
    }

    private static func random() -> String { String(UInt64.random(in: .min ... .max), radix: 16) }
}
