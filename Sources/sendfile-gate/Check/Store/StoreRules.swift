/// Evaluates the facts about a store and a gate, without sending requests.
enum StoreRules {
    static func judge(_ facts: StoreFacts) -> [Finding] {
        let object = Self.object(facts)
        guard object.status == .pass else {
            let why = "follows from store: the store does not give the object to this program"
            return [object, Self.clock(facts)]
                + [.storeHead, .storePublic, .link, .delivery, .authorization, .head, .range, .internal].map {
                    .skipped($0, why)
                }
        }
        let link = Self.link(facts)
        let store = [object, Self.clock(facts), Self.head(facts), Self.open(facts), link]
        guard link.status != .fail else {
            return store
                + [.delivery, .authorization, .head, .range, .internal].map { .skipped($0, "follows from link") }
        }
        return store + [
            Self.delivery(facts), Self.authorization(facts), Self.frontHead(facts), Self.range(facts),
            Self.inside(facts),
        ]
    }

    // MARK: The store

    private static func object(_ facts: StoreFacts) -> Finding {
        let reply = facts.object
        if reply.isObject {
            return .pass(.store, "\(facts.store) gives \(facts.key.debugDescription), \(reply.size ?? 0) bytes")
        }
        return .store(.fail, .store, "\(facts.store): \(Self.words(reply))", Self.refusal(reply, facts), facts)
    }

    /// The answer in words.
    private static func words(_ reply: StoreReply) -> String {
        if let problem = reply.problem { return problem }
        let code = reply.code.map { " (\($0))" } ?? ""
        return
            "a signed request for \(reply.answer?.question.url.path.debugDescription ?? "") is answered with \(reply.status)\(code)"
    }

    /// The reason why the store refuses a signed request.
    private static func refusal(_ reply: StoreReply, _ facts: StoreFacts) -> StoreDiagnosis {
        switch reply.curlCode {
        case 6?: return .unknownHost
        case 35?, 51?, 53?, 54?, 58?, 59?, 60?, 66?, 77?, 80?, 82?, 83?, 90?, 91?: return .certificate
        default: if reply.answer == nil || reply.status == 0 { return .unreachable }
        }
        let isRefusal = (400...403).contains(reply.status)
        let hasExpired = reply.message.contains("expired") || reply.message.contains("not yet valid")
        // A store accepts a difference of some minutes; with a larger one, the signature is worthless whatever else is wrong.
        let difference = abs(facts.clockDifference ?? 0)
        if isRefusal,
            reply.code == "RequestTimeTooSkewed" || hasExpired
                || difference > 60 && difference >= facts.settings.seconds
                || difference > 900
        {
            return .clock
        }
        let region = facts.settings.region
        if reply.code == "AuthorizationHeaderMalformed" || reply.code == "AuthorizationQueryParametersError"
            || isRefusal && reply.region != nil && reply.region != region
            || isRefusal && reply.message.contains("region")
        {
            return .region
        }
        if facts.otherAddressing?.isObject == true { return .addressing }
        if (300..<400).contains(reply.status) {
            return reply.region != nil && reply.region != region ? .region : .addressing
        }
        switch (reply.status, reply.code) {
        case (_, "NoSuchBucket"): return .bucketMissing
        case (404, _), (410, _): return .objectMissing
        case (_, "InvalidAccessKeyId"), (_, "SignatureDoesNotMatch"), (401, _): return .credentials
        case (403, _): return region == nil ? .credentials : .accessDenied
        case (500..., _): return .failing
        default: return .otherStatus
        }
    }

    private static func clock(_ facts: StoreFacts) -> Finding {
        guard let difference = facts.clockDifference else {
            return .skipped(.storeClock, "the store sends no Date")
        }
        guard abs(difference) > 60 else { return .pass(.storeClock, "the store's clock agrees with this machine's") }
        let title = "the store's clock is \(abs(difference)) s \(difference > 0 ? "ahead of" : "behind") this machine's"
        let isFault = StoreRules.object(facts).storeDiagnosis == .clock
        return isFault
            ? .skipped(.storeClock, "follows from store: \(title)") : .store(.warn, .storeClock, title, .clock, facts)
    }

    private static func head(_ facts: StoreFacts) -> Finding {
        guard let head = facts.head else { return .skipped(.storeHead, "not requested") }
        if head.isObject { return .pass(.storeHead, "HEAD is answered as GET") }
        return .store(.warn, .storeHead, "GET is permitted, and HEAD is not: \(Self.words(head))", .headRefused, facts)
    }

    private static func open(_ facts: StoreFacts) -> Finding {
        if facts.unsigned?.isObject == true {
            return .store(
                .fail, .storePublic, "the store gives the object without a signature: \(facts.unsigned?.status ?? 0)",
                .publicObject,
                facts)
        }
        if facts.listing?.isObject == true {
            return .store(
                .fail, .storePublic, "the store lists the bucket without a signature: \(facts.listing?.status ?? 0)",
                .publicListing,
                facts)
        }
        return .pass(.storePublic, "refused without a signature: \(facts.unsigned?.status ?? 0)")
    }

    // MARK: The gate

    private static func link(_ facts: StoreFacts) -> Finding {
        guard let expired = facts.expired, let forged = facts.forged else { return .skipped(.link, "not requested") }
        if case .none = facts.gateReply {
            return .store(.fail, .link, "the request never reached a gate: \(forged.status)", .notReached, facts)
        }
        if facts.gateReply == .unknownKey {
            return .store(.fail, .link, "the gate has another secret than these settings", .linkRefused, facts)
        }
        if expired.status != 410, abs(facts.clockDifference ?? 0) > 60 {
            return .skipped(.link, "follows from store-clock: this machine cannot make an expired link")
        }
        guard expired.status == 410, forged.status == 404 else {
            return .store(
                .fail, .link,
                "an expired link is answered with \(expired.status), and a forged one with \(forged.status)",
                .linkRefused, facts)
        }
        return .pass(.link, "expired links get 410, forged ones 404")
    }

    private static func delivery(_ facts: StoreFacts) -> Finding {
        let front = facts.front
        if front.field("X-Object-Store-URL") != nil {
            return .store(.fail, .delivery, "the client receives the signed URL in a field", .urlLeaked, facts)
        }
        if facts.isRedirected {
            guard let followed = facts.followed, let object = facts.object.answer,
                followed.answer == nil || followed.answer?.question.url.origin == object.question.url.origin
            else {
                return .store(.fail, .delivery, "GET is redirected to another place than the store", .notReached, facts)
            }
            if followed.isObject {
                return .pass(.delivery, "the client is redirected to the store, which gives the object")
            }
            return .store(
                .fail, .delivery, "the client is redirected to the store: \(Self.words(followed))",
                Self.refusal(followed, facts),
                facts)
        }
        if facts.isObject(front) { return .pass(.delivery, "200 with the bytes that the store has") }
        if front.status == 200 {
            return .store(.fail, .delivery, "200 with other bytes than the store has", .otherObject, facts)
        }
        return .store(.fail, .delivery, "GET is answered with \(front.status)", Self.fault(facts), facts)
    }

    /// The reason why the web server does not get the object.
    private static func fault(_ facts: StoreFacts) -> StoreDiagnosis {
        if let other = facts.unauthorized, facts.isObject(other) { return .authorizationPassed }
        // The redirect to a location that does not exist arrives at the program again.
        if case .report(let report) = facts.ownReply, report.path == facts.settings.internalURL {
            return .locationMissing
        }
        let log = facts.errorLog.joined(separator: "\n")
        func logged(_ texts: String...) -> Bool { texts.contains(where: log.contains) }
        switch facts.front.status {
        case 500: return .locationMissing
        case 404 where FrontServer.author(ofErrorPage: facts.front) == nil: return .linkRefused
        case 502 where logged("no resolver defined"): return .resolverMissing
        case 502 where logged("could not be resolved"): return .unresolved
        case 502 where logged("SSL certificate verify", "upstream SSL certificate", "SSL_do_handshake() failed"):
            return .serverCertificate
        case 502 where logged("connect() failed", "no live upstreams"), 504: return .serverUnreachable
        case 502 where Self.needsResolver(facts): return .resolverMissing
        default: return .serverRefused
        }
    }

    /// Whether the location passes requests to a variable host, without a resolver.
    private static func needsResolver(_ facts: StoreFacts) -> Bool {
        guard let route = facts.internalRoute, let pass = route.innermost(["proxy_pass"]).first?.words.first else {
            return false
        }
        let host = (pass.firstRange(of: "://").map { pass[$0.upperBound...] } ?? pass[...]).prefix { $0 != "/" }
        return host.hasPrefix("$") && route.innermost(["resolver"]).isEmpty
    }

    /// Whether nginx's configuration passes the client's `Authorization` to the store.
    private static func passesAuthorization(_ facts: StoreFacts) -> Bool {
        guard facts.server == .nginx, let route = facts.internalRoute, !route.innermost(["proxy_pass"]).isEmpty,
            route.innermost(["proxy_pass_request_headers"]).last?.words.first != "off"
        else { return false }
        return !route.innermost(["proxy_set_header"]).contains { $0.words.first?.lowercased() == "authorization" }
    }

    private static func authorization(_ facts: StoreFacts) -> Finding {
        if facts.isRedirected { return .skipped(.authorization, "the client itself asks the store") }
        if let other = facts.unauthorized, facts.isObject(other) {
            return .skipped(.authorization, "follows from delivery")
        }
        guard facts.isObject(facts.front) else { return .skipped(.authorization, "follows from delivery") }
        guard let answer = facts.authorized else { return .pass(.authorization, "the object arrives with --header") }
        if facts.isObject(answer) {
            // Some stores judge only the signature in the URL.
            guard Self.passesAuthorization(facts) else {
                return .pass(.authorization, "a client's Authorization changes nothing")
            }
            return .store(
                .warn, .authorization, "nginx passes a client's Authorization to the store, which ignores it",
                .authorizationPassed, facts)
        }
        if answer.status == 401 { return .skipped(.authorization, "the web server judges Authorization itself: 401") }
        return .store(
            .fail, .authorization, "with a client's Authorization, the object is answered with \(answer.status)",
            .authorizationPassed, facts)
    }

    private static func frontHead(_ facts: StoreFacts) -> Finding {
        guard let head = facts.frontHead else { return .skipped(.head, "not requested") }
        if head.status == 200 { return .pass(.head, "HEAD is answered with 200") }
        return .store(.fail, .head, "HEAD is answered with \(head.status)", .methodPassed, facts)
    }

    private static func range(_ facts: StoreFacts) -> Finding {
        guard let range = facts.range else { return .skipped(.range, "not requested") }
        if range.status == 206, range.length == 1 { return .pass(.range, "206 with the requested byte") }
        return .store(.fail, .range, "a range is answered with \(range.status)", .rangeLost, facts)
    }

    private static func inside(_ facts: StoreFacts) -> Finding {
        guard let inside = facts.inside else { return .skipped(.internal, "not requested") }
        // The store itself may answer with 404, so nginx's lines count, too.
        let route = facts.server == .nginx ? facts.internalRoute : nil
        let isOpen =
            route?.innermost(["proxy_pass"]).isEmpty == false && route?.innermost(["internal"]).isEmpty == true
        guard !isOpen, [403, 404, 410].contains(inside.status) else {
            return .store(
                .fail, .internal, "\(facts.settings.internalURL) is answered with \(inside.status)", .locationOpen,
                facts)
        }
        return .pass(.internal, "\(facts.settings.internalURL) is closed")
    }
}

extension Finding {
    fileprivate static func store(
        _ status: Status, _ check: CheckID, _ title: String, _ diagnosis: StoreDiagnosis, _ facts: StoreFacts
    ) -> Finding {
        var finding = Finding(
            check: check, status: status, title: title, diagnosis: nil, cause: diagnosis.cause(facts),
            remedy: diagnosis.remedy(facts))
        finding.storeDiagnosis = diagnosis
        return finding
    }
}
