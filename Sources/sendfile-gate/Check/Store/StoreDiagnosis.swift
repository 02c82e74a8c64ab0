/// A fault of an object store, of its settings, or of the web server that fetches its objects.
enum StoreDiagnosis: String, CaseIterable, Sendable {
    // The store refuses this program's request.
    case unknownHost = "store-unknown-host"
    case unreachable = "store-unreachable"
    case certificate = "store-certificate"
    case clock = "store-clock-off"
    case region = "store-wrong-region"
    case addressing = "store-wrong-addressing"
    case bucketMissing = "store-bucket-missing"
    case objectMissing = "store-object-missing"
    case credentials = "store-wrong-credentials"
    case accessDenied = "store-access-denied"
    case failing = "store-failing"
    case otherStatus = "store-other-status"
    // It is more open, or less, than it has to be.
    case headRefused = "store-head-refused"
    case publicObject = "store-public-object"
    case publicListing = "store-public-listing"
    // The object does not arrive through the gate.
    case urlLeaked = "store-url-leaked"
    case locationMissing = "store-location-missing"
    case locationOpen = "store-location-open"
    case resolverMissing = "store-resolver-missing"
    case unresolved = "store-unresolved"
    case serverCertificate = "store-certificate-refused"
    case serverUnreachable = "store-unreachable-for-server"
    case serverRefused = "store-refuses-server"
    case authorizationPassed = "store-authorization-passed"
    case methodPassed = "store-method-passed"
    case rangeLost = "store-range-lost"
    case otherObject = "store-other-object"
    case linkRefused = "store-link-refused"
    case notReached = "store-gate-not-reached"

    /// The likely cause, in a sentence or two.
    func cause(_ facts: StoreFacts) -> String {
        switch self {
        case .unknownHost: "The store's host name does not exist for this machine."
        case .unreachable: "No store answers at this address: another port, a firewall, or a store that is down."
        case .certificate:
            "The store's certificate is not valid for its name here: it has expired, names another host, or its authority is unknown."
        case .clock:
            "A signature contains the time at which it was made. This machine's clock and the store's differ by more than the store accepts."
        case .region:
            "The signature contains the region \(facts.settings.region ?? ""), and the store has another one"
                + (facts.object.region.map { ", \($0)." } ?? ".")
        case .addressing:
            "The store expects the bucket's name at another place of the URL: it answers with the object there."
        case .bucketMissing: "The store has no bucket of this name, or expects its name at another place of the URL."
        case .objectMissing where facts.settings.region == nil:
            "The store has no such object, or no such container."
        case .objectMissing: "The store has no such object below the prefix."
        case .credentials where facts.settings.region == nil:
            "The key is not one of the account or the container, or the store does not allow the signature's digest."
        case .credentials where facts.object.code == "InvalidAccessKeyId": "The store does not know the access key."
        case .credentials:
            "The secret key is not that of the access key, or a proxy in front of the store changes the host or the path, which are signed."
        case .accessDenied:
            "The credentials do not permit to read this object. Ceph's gateway with rgw_s3_auth_use_sts also answers wrong credentials in this way."
        case .failing: "The store, or a proxy in front of it, has a fault of its own."
        case .otherStatus: "The store answers this request with an unexpected status."
        case .headRefused:
            "A proxy, a firewall or a policy permits GET only. The program asks the store by HEAD with the delivery stream."
        case .publicObject: "The store gives this object to every client that knows its URL, without a link."
        case .publicListing: "The store gives the list of all keys to every client."
        case .urlLeaked:
            "OBJECT_DELIVERY is server, and \(facts.server.title) does not act on the program's fields, so the client receives them."
        case .locationMissing:
            "nginx has no location \(facts.settings.internalURL), so it passes the request back to the program."
        case .locationOpen: "The location that fetches objects is open to clients."
        case .resolverMissing:
            "The host in proxy_pass is a variable, and nginx resolves a variable only with a resolver. It resolves the names of an upstream "
                + "block when it starts."
        case .unresolved: "nginx's resolver does not know the store's host."
        case .serverCertificate:
            "nginx verifies the store's certificate, and its authority, its name or its time is wrong for nginx."
        case .serverUnreachable: "The store answers this program, and nginx does not reach it."
        case .serverRefused:
            "The store gives the object to this program, and not to \(facts.server.title) with the same kind of signature: the host, the "
                + "path or the query that arrives differs from the signed one, or fields of the client are passed on."
        case .authorizationPassed:
            "The client's Authorization reaches the store: most stores take it for a second signature and refuse the request, and it may "
                + "contain a password."
        case .methodPassed:
            "A signature of S3 holds for one method. The program signs a GET, and the web server sends a HEAD."
        case .rangeLost: "A line of the location, or a cache, removes the range."
        case .otherObject:
            "\(facts.server.title) sends other bytes than the store has: another bucket, a cache, or a page with status 200."
        case .linkRefused: "The gate that answers has other settings than these."
        case .notReached: "\(facts.server.title) does not pass this URL to the gate."
        }
    }

    /// The remedy, line by line.
    func remedy(_ facts: StoreFacts) -> [String] {
        let isS3 = facts.settings.region != nil
        switch self {
        case .unknownHost, .unreachable, .failing, .otherStatus:
            return ["\(facts.setting("OBJECT_ENDPOINT"))   (scheme, host and port of the store)"]
        case .certificate:
            return [
                "\(facts.setting("OBJECT_ENDPOINT"))   (the name in the certificate)",
                "A private authority: cp it.crt /usr/local/share/ca-certificates/ && update-ca-certificates",
            ]
        case .clock: return ["timedatectl set-ntp true   (on this machine and on the store's)"]
        case .region: return ["\(facts.setting("OBJECT_REGION"))=\(facts.object.region ?? "…")"]
        case .addressing:
            let other = facts.settings.isVirtualHost ? "path" : "virtual-host"
            return ["\(facts.setting("OBJECT_ADDRESSING"))=\(other)"]
        case .bucketMissing, .otherObject: return ["\(facts.setting("SENDFILE_ROOT"))   (\(facts.settings.root))"]
        case .objectMissing: return ["--file with the key of an object below \(facts.settings.root)"]
        case .credentials where !isS3:
            return [
                "\(facts.setting("OBJECT_CREDENTIALS_FILE"))   (the line temp_url_key = …)",
                "swift post -m Temp-URL-Key:…",
                "\(facts.setting("OBJECT_TEMPURL_DIGEST"))   (sha1 before OpenStack 2023.1)",
            ]
        case .credentials:
            return ["\(facts.setting("OBJECT_CREDENTIALS_FILE"))   (or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"]
        case .accessDenied:
            return [
                "A policy of the bucket that permits s3:GetObject to the access key.",
                "Ceph: \(facts.setting("OBJECT_CREDENTIALS_FILE"))   (or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)",
            ]
        case .headRefused: return ["Permit HEAD, or use OBJECT_DELIVERY=server or redirect."]
        case .publicObject, .publicListing:
            return [
                isS3
                    ? "Remove the bucket's public policy and its ACL public-read; block public access."
                    : "swift post --read-acl '' CONTAINER"
            ]
        case .urlLeaked:
            let ignored = facts.route?.innermost(["fastcgi_ignore_headers"]) ?? []
            return ignored.map { "\($0.place): \($0.text)" } + [
                "OBJECT_DELIVERY redirect   (or stream)",
                "nginx: the location \(facts.settings.internalURL) of nginx/object-storage.conf",
                "Caddy: the block handle_response of caddy/object-storage.Caddyfile",
            ]
        case .locationMissing:
            return [
                "location = \(facts.settings.internalURL) { internal; … }   (nginx/object-storage.conf)",
                "fastcgi_param OBJECT_URL \(facts.settings.internalURL);   (the same location)",
            ]
        case .locationOpen: return Self.inLocation(facts, "internal;")
        case .resolverMissing:
            return Self.passes(facts) + [
                "resolver 127.0.0.53;   (an address of /etc/resolv.conf, in this server block)",
                "proxy_pass https://object_store$object_target;   (or an upstream block, as in nginx/object-storage.conf)",
            ]
        case .unresolved: return Self.lines(facts, ["resolver"]) + Self.passes(facts)
        case .serverCertificate:
            return Self.lines(facts, ["proxy_ssl_trusted_certificate", "proxy_ssl_name", "proxy_ssl_verify_depth"])
                + Self.inLocation(facts, "proxy_ssl_server_name on; proxy_ssl_name …;   (the host of OBJECT_ENDPOINT)")
        case .serverUnreachable: return Self.passes(facts)
        case .serverRefused:
            return Self.passes(facts)
                + Self.inLocation(
                    facts,
                    "proxy_set_header Host $object_host; proxy_pass_request_headers off;   (and no second decoding of the path)"
                )
        case .authorizationPassed:
            return Self.lines(facts, ["proxy_pass_request_headers"])
                + Self.inLocation(facts, "proxy_pass_request_headers off;   (or proxy_set_header Authorization \"\";)")
        case .methodPassed: return Self.lines(facts, ["proxy_method"]) + Self.inLocation(facts, "proxy_method GET;")
        case .rangeLost:
            return Self.lines(facts, ["proxy_cache", "slice"])
                + Self.inLocation(facts, "proxy_set_header Range $object_range;")
        case .linkRefused:
            return [
                "systemctl restart sendfile-gate   (with these settings: \(facts.gate.settingsFile ?? "the environment"))"
            ]
        case .notReached:
            return ["\(facts.server.title)'s location for these URLs must pass requests to sendfile-gate."]
        }
    }

    /// The lines of the location that fetches objects with one of these names.
    private static func lines(_ facts: StoreFacts, _ names: Set<String>) -> [String] {
        (facts.internalRoute?.innermost(names) ?? []).map { "\($0.place): \($0.text)" }
    }

    private static func passes(_ facts: StoreFacts) -> [String] { Self.lines(facts, ["proxy_pass"]) }

    /// A line to add to the location that fetches objects.
    private static func inLocation(_ facts: StoreFacts, _ line: String) -> [String] {
        guard facts.server == .nginx else {
            return ["\(line)   (the part of \(facts.server.title)'s configuration that fetches objects)"]
        }
        let place = facts.internalRoute?.blocks.last.map { "\($0.place): \($0.text)" }
        return ["\(line)   (in \(place ?? "location = \(facts.settings.internalURL)"))"]
    }
}
