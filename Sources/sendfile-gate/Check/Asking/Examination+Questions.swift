import HTTPTypes
import SystemPackage

/// The requests after the first one.
extension Examination {
    /// Sends all requests after the first one.
    ///
    /// - Throws: ``Limited`` if the web server limits them.
    func askFurther(_ facts: inout Facts) async throws {
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
        // The requests below are expected to fail, and some are logged.
        facts.trail.errorLog = facts.log?.lines() ?? []
        facts.inside = try await self.ask(Elsewhere.inside(target), label: "GET of the internal prefix")
        facts.outside = try await self.ask(self.publicPaths(facts), label: "GET of a public URL")
    }

    /// Requests the file with invalid links.
    func askGate(_ gate: GateLinks, _ facts: inout Facts) async throws {
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
        try await self.askGroup(gate, &facts)
        guard !facts.whole.isFile(self.target.file.size) else {
            facts.repeated = try await self.ask("GET again, after invalid links")
            if self.seemsCached(facts) { facts.outlived = try await self.askAfterExpiry(gate, path) }
            return
        }
        let own = try await self.ask("GET, with a question to the gate", with: [question.line])
        facts.ownReply = question.reply(in: own.field(GateQuestion.field.canonicalName))
    }

    /// The usual public paths, and those of this machine's lines.
    private func publicPaths(_ facts: Facts) -> [String] {
        let usual = Elsewhere.outside(self.target)
        guard let configuration = facts.configuration, let route = facts.route else { return usual }
        let own = PublicURLs.find(self.target, configuration, route).filter { path in
            // The internal prefix is asked about by itself.
            path != self.target.url.path && !path.hasPrefix(self.target.internalPrefix)
        }
        return usual + own.filter { !usual.contains($0) }
    }

    /// Asks often enough that each program of a group answers, if the web server distributes requests among several.
    private func askGroup(_ gate: GateLinks, _ facts: inout Facts) async throws {
        guard facts.members.count > 1 else { return }
        for _ in 0..<min(3 * facts.members.count, 12) {
            let question = GateQuestion(gate.links)
            let answer = try await self.ask(
                "GET of a missing file, with a question to the gate",
                at: self.target.url(of: "sendfile-gate-check-\(Self.random())"), with: [question.line])
            facts.groupQuestions += 1
            if question.reply(in: answer.field(GateQuestion.field.canonicalName)) == .none { facts.strangers += 1 }
        }
    }

    /// Whether this machine's configuration, or a field of a response, tells of a cache in front of the gate.
    private func seemsCached(_ facts: Facts) -> Bool {
        let fields: Set = ["age", "x-cache", "x-cache-status", "cf-cache-status", "x-varnish", "x-proxy-cache"]
        return facts.route.map { !Diagnosis.caching($0).isEmpty } == true
            || facts.whole.fields.contains { fields.contains($0.name.lowercased()) }
    }

    /// Requests the file with a link that is valid for two seconds, and again after it has expired.
    private func askAfterExpiry(_ gate: GateLinks, _ path: String) async throws -> Answer {
        let url = try gate.url(path, .short)
        _ = try await self.ask("GET with a link of two seconds", at: url)
        // The gate still accepts a link in the second of its expiry.
        try await Task.sleep(for: .seconds(4))
        return try await self.ask("GET with a link that has expired since", at: url)
    }

    /// Requests the file as the same user with a random password, if a name and a password give access to it.
    func askWithAnotherPassword(_ facts: inout Facts) async throws {
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

    /// Sends requests with ranges and conditions, once the whole file is known to arrive.
    func askAboutParts(_ facts: inout Facts) async throws {
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
        for agent in Self.agents {
            facts.clients.append(
                try await self.ask("GET with User-Agent \(agent.prefix { $0 != "/" })", with: ["User-Agent: \(agent)"]))
        }
    }

    /// A browser and two programs that fetch files: lists of unwanted clients contain such names.
    private static let agents = [
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "curl/8.5.0", "Wget/1.21.4",
    ]

    func askForNames(_ facts: inout Facts) async throws {
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

    func named(_ name: String, _ file: FileDescriptor, size: Int) async throws -> Facts.NamedAnswer {
        let question = Question(
            label: "GET of another name", url: try self.target.url(of: name), headers: self.target.headers)
        return Facts.NamedAnswer(
            name: name, size: size, answer: try await self.ask(question, comparingWith: file))
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

    static func random() -> String { String(UInt64.random(in: .min ... .max), radix: 16) }
}
