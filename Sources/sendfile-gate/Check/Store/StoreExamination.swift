import Glibc
import HTTPTypes
import Logging
import ObjectStorage
import Sendfile
import SendfileBasics

/// Asks an object store, and a gate in front of it, about one object.
struct StoreExamination {
    let settings: GateSettings
    let store: StoreSettings
    let key: String
    let links: GateLinks
    let headers: [String]
    let server: FrontServer?
    /// Sends requests to the web server, and to the store: with another address, or without a look at certificates, for the former only.
    let (curl, storeCurl): (Curl, Curl)

    /// The bytes of an object that are compared: as many as ``Answer`` keeps.
    private static let part = 16_384

    /// - Throws: ``CheckFailure`` if the web server cannot be reached.
    func run() async throws -> StoreFacts {
        let logger = Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }
        let signer = try self.store.store(transport: nil, logger: logger)
        let begin = time(nil)
        let object = try await self.ask(signer, .get)
        let configurations = LocalConfigurations.running(self.links.base)
        let front = try await self.curl.ask(self.question("GET"))
        var facts = StoreFacts(
            settings: self.store, places: self.settings.source.places, store: "\(signer)", key: self.key,
            headers: self.headers, object: object, gate: self.links, front: front,
            server: self.server ?? configurations.server(of: front))
        facts.clockDifference = object.answer?.field("Date").flatMap { HTTPDate($0) }.map { date in
            Int(date.seconds) - min(max(Int(date.seconds), begin), time(nil))
        }
        try await self.askStore(signer, logger, &facts)
        try await self.askGate(&facts)
        configurations.describe(&facts)
        return facts
    }

    private func askStore(_ signer: ObjectStore, _ logger: Logger, _ facts: inout StoreFacts) async throws {
        guard facts.object.isObject else {
            if facts.object.answer != nil, let other = self.store.otherAddressing {
                let signer = try self.store.store(other, transport: nil, logger: logger)
                facts.otherAddressing = try await self.ask(signer, .get)
            }
            return
        }
        facts.head = try await self.ask(signer, .head)
        guard let signed = try signer.signedURL(.get, self.key), let url = URLText(signed) else { return }
        facts.unsigned = await self.reply(Question(label: "GET without a signature", url: url.at(url.path), enough: 1))
        let object = PercentEncoding.text((signer.prefix + self.key).utf8, keeping: PercentEncoding.pathCharacters)
        facts.listing = await self.reply(
            Question(label: "GET of the bucket", url: url.at(String(url.path.dropLast(object.count))), enough: 1))
    }

    private func askGate(_ facts: inout StoreFacts) async throws {
        facts.expired = try await self.curl.ask(self.question("GET", kind: .expired))
        var forged = try self.question("GET", kind: .forged)
        let question = GateQuestion(self.links.links)
        forged.headers.append(question.line)
        let answer = try await self.curl.ask(forged)
        facts.forged = answer
        facts.gateReply = question.reply(in: answer.field(GateQuestion.field.canonicalName))
        if facts.isRedirected, let location = facts.front.field("Location"), let url = URLText(location) {
            facts.followed = await self.reply(
                Question(label: "GET of the redirect", url: url, enough: Self.part))
            return
        }
        let isAuthorized = self.headers.contains { $0.lowercased().hasPrefix("authorization:") }
        if isAuthorized, !facts.isObject(facts.front) {
            var question = try self.question("GET")
            question.headers.removeAll { $0.lowercased().hasPrefix("authorization:") }
            facts.unauthorized = try await self.curl.ask(question)
        }
        guard facts.isObject(facts.front) else {
            var own = try self.question("GET")
            own.headers.append(question.line)
            let answer = try await self.curl.ask(own)
            facts.ownReply = question.reply(in: answer.field(GateQuestion.field.canonicalName))
            return
        }
        if !isAuthorized {
            var question = try self.question("GET")
            // Some stores refuse any second signature, others only one of their own form.
            question.headers.append("Authorization: AWS4-HMAC-SHA256 Credential=check, SignedHeaders=host, Signature=0")
            facts.authorized = try await self.curl.ask(question)
        }
        facts.frontHead = try await self.curl.ask(self.question("HEAD"))
        var range = try self.question("GET")
        range.headers.append("Range: bytes=0-0")
        facts.range = try await self.curl.ask(range)
        facts.inside = try await self.curl.ask(
            Question(label: "GET of the internal location", url: self.links.base.at(self.store.internalURL), enough: 1))
    }

    /// A request for the object through the gate.
    private func question(_ method: String, kind: GateLinks.Kind = .good) throws -> Question {
        Question(
            label: method, url: try self.links.url(self.key, kind, method: method), method: method,
            headers: self.headers, enough: Self.part)
    }

    /// Sends a signed request to the store.
    private func ask(_ signer: ObjectStore, _ method: HTTPRequest.Method) async throws -> StoreReply {
        guard let text = try signer.signedURL(method, self.key), let url = URLText(text) else {
            throw CheckFailure(.unusable, "--file is \(self.key.debugDescription), which no store has as a key")
        }
        return await self.reply(
            Question(
                label: method.rawValue, url: url, method: method.rawValue,
                headers: method == .get ? ["Range: bytes=0-\(Self.part - 1)"] : [], enough: Self.part))
    }

    private func reply(_ question: Question) async -> StoreReply {
        do {
            return StoreReply(answer: try await self.storeCurl.ask(question), problem: nil)
        } catch {
            let words = "\(error)".split(separator: ";").first.map(String.init) ?? ""
            return StoreReply(answer: nil, problem: words)
        }
    }
}
