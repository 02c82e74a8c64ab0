import Glibc
import Testing

extension ServerTests {
    /// `sendfile-gate check` of a gate whose root is a bucket, behind a real nginx and with a real store, each with one fault.
    @Suite(.serialized) struct CheckStoreTests {
        /// A fault, and the finding that names it.
        struct Fault: Sendable, CustomTestStringConvertible {
            /// `check/diagnosis` of the failures and of the warnings.
            var fails: [String] = []
            var warns: [String] = []
            /// A part of a remedy; `@CONF@` is nginx's file.
            var remedy = ""
            var bucket = "s3://bucket/team"
            var delivery = "server"
            /// Texts of nginx's configuration and their replacements.
            var edits: [String: String] = [:]
            /// Settings that the check has and the gate does not.
            var settings: [String: String] = [:]
            var arguments: [String] = []
            var key = ObjectCorpus.plain

            var testDescription: String {
                (self.fails + self.warns).joined(separator: ", ") + " \(self.bucket) \(self.delivery)"
            }
        }

        private static let buckets = ["s3://bucket/team", "swift://bucket/team"]
        private static let passed = "authorization/store-authorization-passed"
        private static let location = "    location = /object-store/ {\n        internal;"
        private static let pass = "http://object_store$object_target"

        /// Faults in the settings, which the store itself tells.
        private static let ofSettings: [Fault] = [
            Fault(
                fails: ["store/store-wrong-region"], remedy: "OBJECT_REGION=us-east-1",
                settings: ["OBJECT_REGION": "mars"]),
            Fault(
                fails: ["store/store-wrong-addressing"], remedy: "OBJECT_ADDRESSING=path",
                settings: ["OBJECT_ADDRESSING": "virtual-host"]),
            // With temporary credentials switched on, Ceph gives no other reason.
            Fault(
                fails: [ObjectStoreServer.isCeph ? "store/store-access-denied" : "store/store-wrong-credentials"],
                remedy: "OBJECT_CREDENTIALS_FILE",
                settings: [
                    "OBJECT_CREDENTIALS_FILE": "", "AWS_ACCESS_KEY_ID": "test:tester", "AWS_SECRET_ACCESS_KEY": "x",
                ]),
            Fault(
                fails: ["store/store-wrong-credentials"], remedy: "swift post -m Temp-URL-Key",
                bucket: "swift://bucket/team",
                settings: ["OBJECT_CREDENTIALS_FILE": "", "OBJECT_TEMPURL_KEY": "x"]),
            Fault(
                fails: ["store/store-bucket-missing"], remedy: "SENDFILE_ROOT",
                settings: ["SENDFILE_ROOT": "s3://missing/team"]),
            Fault(fails: ["store/store-object-missing"], remedy: "--file", key: "missing.txt"),
            Fault(
                fails: ["store/store-object-missing"], remedy: "--file", bucket: "swift://bucket/team",
                key: "missing.txt"),
            Fault(
                fails: ["store/store-unreachable"], remedy: "OBJECT_ENDPOINT",
                settings: ["OBJECT_ENDPOINT": "http://localhost:1"]),
            Fault(
                fails: ["store/store-unknown-host"], remedy: "OBJECT_ENDPOINT",
                settings: ["OBJECT_ENDPOINT": "http://store.invalid"]),
            Fault(
                fails: ["link/store-link-refused"], remedy: "systemctl restart",
                settings: ["SENDFILE_LINK_SECRET": "another-secret-of-the-gate"]),
        ]

        /// Faults in nginx's configuration.
        private static let ofNginx: [Fault] = [
            // OpenStack Swift judges the signature in the URL alone, and Ceph refuses a second one.
            Fault(
                fails: ObjectStoreServer.isCeph ? [passed] : [], warns: ObjectStoreServer.isCeph ? [] : [passed],
                remedy: "@CONF@", edits: ["proxy_pass_request_headers off;": "proxy_pass_request_headers on;"]),
            Fault(
                fails: ObjectStoreServer.isCeph ? ["delivery/store-authorization-passed"] : [],
                edits: ["proxy_pass_request_headers off;": "proxy_pass_request_headers on;"],
                arguments: ["--gate", "--header", "Authorization: AWS4-HMAC-SHA256 Credential=x"]),
            // Its own configuration shows it, too.
            Fault(
                edits: [
                    "proxy_pass_request_headers off;":
                        "proxy_pass_request_headers on; proxy_set_header Authorization \"\";"
                ]),
            Fault(
                fails: ["delivery/store-resolver-missing"], remedy: "@CONF@",
                edits: [pass: "http://$object_host$object_target"]),
            Fault(
                fails: ["delivery/store-unresolved"], remedy: "@CONF@",
                edits: [
                    pass:
                        "http://$object_other$object_target; set $object_other store.invalid; resolver 127.0.0.1:1; resolver_timeout 1s"
                ]),
            Fault(
                fails: ["delivery/store-unreachable-for-server"], remedy: "@CONF@",
                edits: [pass: "http://127.0.0.1:1$object_target"]),
            Fault(
                fails: ["delivery/store-refuses-server"], remedy: "proxy_set_header Host $object_host;",
                edits: ["proxy_set_header Host $object_host;": "proxy_set_header Host example.org;"]),
            Fault(
                fails: ["delivery/store-location-missing"], remedy: "location = /object-store/ { internal;",
                edits: [location: "    location = /another/ {\n        internal;"]),
            Fault(
                fails: ["head/store-method-passed"], remedy: "proxy_method GET;", edits: ["proxy_method GET;": ""]),
            Fault(
                fails: ["range/store-range-lost"], remedy: "proxy_set_header Range $object_range;",
                edits: ["proxy_set_header Range               $object_range;": ""]),
            Fault(
                fails: ["internal/store-location-open"], remedy: "internal;",
                edits: [location: "    location = /object-store/ {"]),
            Fault(
                fails: ["delivery/store-other-object"], remedy: "SENDFILE_ROOT",
                edits: [location: "\(location)\n        return 200 \"a page\";"]),
            Fault(
                fails: ["delivery/store-url-leaked"], remedy: "@CONF@",
                edits: [
                    "        fastcgi_pass sendfile;":
                        "        fastcgi_ignore_headers X-Accel-Redirect;\n        fastcgi_pass sendfile;"
                ]),
            Fault(
                fails: ["link/store-gate-not-reached"], remedy: "must pass requests to sendfile-gate",
                edits: ["        fastcgi_pass sendfile;": "        return 404;"]),
        ]

        private static func report(
            _ site: GateStoreSite, _ fault: Fault = Fault(), variables: [String: String] = [:]
        ) throws -> (report: CheckReport, status: Int32) {
            let settings = site.environment.merging(fault.settings) { $1 }.merging(variables) { $1 }
            let result = try CheckCommand.run(
                ["--json", "--url", "http://127.0.0.1:\(site.client.port)", "--file", fault.key] + fault.arguments,
                environment: settings)
            #expect(!result.output.contains(ObjectStoreServer.secret) && !result.output.contains("Signature="))
            return (try CheckReport(from: result.output), result.status)
        }

        private static func expect(_ fault: Fault, _ site: GateStoreSite, variables: [String: String] = [:]) throws {
            let (report, status) = try Self.report(site, fault, variables: variables)
            #expect(report.diagnoses("fail") == fault.fails, "\(report.summary)")
            #expect(report.diagnoses("warn") == fault.warns, "\(report.summary)")
            #expect(status == (fault.fails.isEmpty ? 0 : 1))
            let remedies = report.findings.filter { $0.status == "fail" || $0.status == "warn" }.flatMap(\.remedy)
            let remedy = fault.remedy.replacing("@CONF@", with: "\(site.directory)/object-storage.conf:")
            #expect(remedy.isEmpty || remedies.contains { $0.contains(remedy) }, "\(remedies)")
        }

        private static func withSite(_ fault: Fault, _ body: (GateStoreSite) throws -> Void) throws {
            let site = try GateStoreSite(bucket: fault.bucket, delivery: fault.delivery, edits: fault.edits)
            try withLogs(of: site, body)
            try site.stop()
        }

        @Test(
            "A gate without a fault passes", arguments: buckets,
            ["server", "stream", "redirect"])
        func good(bucket: String, delivery: String) throws {
            let fault = Fault(bucket: bucket, delivery: delivery)
            try Self.withSite(fault) { site in
                try Self.expect(fault, site)
                let (report, _) = try Self.report(site)
                #expect(report.finding("store")?.status == "pass" && report.finding("delivery")?.status == "pass")
                if delivery == "server" { #expect(report.finding("authorization")?.status == "pass") }
            }
        }

        @Test("A fault of the settings is named, with the setting") func settings() throws {
            for bucket in Self.buckets {
                try Self.withSite(Fault(bucket: bucket)) { site in
                    for fault in Self.ofSettings where fault.bucket == bucket {
                        // Ceph ignores the region, and accepts both addressings.
                        let isAccepted = !fault.settings.keys.allSatisfy {
                            !["OBJECT_REGION", "OBJECT_ADDRESSING"].contains($0)
                        }
                        if ObjectStoreServer.isCeph, isAccepted { continue }
                        try Self.expect(fault, site)
                    }
                }
            }
        }

        @Test("A fault of nginx's configuration is named, with the file and the line", arguments: ofNginx)
        func nginx(fault: Fault) throws {
            try Self.withSite(fault) { site in try Self.expect(fault, site) }
        }

        @Test(
            "A clock that is wrong is told from wrong credentials",
            .disabled(if: Sanitizer.isPresent, "a sanitizer has clocks of its own")) func clock() throws
        {
            let clock = try JumpingClock()
            for (bucket, shift, isRefused) in [
                ("s3://bucket/team", -3600, true), ("swift://bucket/team", -3600, true),
                // OpenStack Swift accepts a signature of the future; that of TempURL contains only the end of its life.
                ("s3://bucket/team", 3600, false), ("swift://bucket/team", 600, false),
            ] as [(String, Int64, Bool)] where Self.buckets.contains(bucket) {
                var fault = Fault(bucket: bucket)
                try Self.withSite(fault) { site in
                    try clock.jump(to: shift)
                    if isRefused {
                        fault.fails = ["store/store-clock-off"]
                    } else {
                        fault.warns = ["store-clock/store-clock-off"]
                    }
                    fault.remedy = "timedatectl set-ntp true"
                    try Self.expect(fault, site, variables: clock.environment)
                }
            }
        }

        @Test(
            "A proxy in front of the store that refuses HEAD or lists keys, and a certificate that is not valid, are named"
        )
        func proxies() throws {
            let proxy = try StoreProxy()
            var fault = Fault(warns: ["store-head/store-head-refused"], remedy: "Permit HEAD")
            fault.settings = ["OBJECT_ENDPOINT": "http://localhost:\(proxy.port)"]
            try Self.withSite(Fault()) { site in try Self.expect(fault, site) }
            for (key, diagnosis) in [
                ("500", "store/store-failing"), ("403", "store/store-access-denied"),
                // A proxy that limits the rate of requests.
                ("429", "store/store-other-status"),
            ] {
                var other = fault
                (other.key, other.warns, other.fails, other.remedy) = (key, [], [diagnosis], "")
                try Self.withSite(Fault()) { site in try Self.expect(other, site) }
            }
            fault.fails = ["store-public/store-public-listing"]
            (fault.bucket, fault.key) = ("s3://other/team", "x")
            try Self.withSite(fault) { site in try Self.expect(fault, site) }
            fault = Fault(fails: ["store/store-certificate"], remedy: "update-ca-certificates")
            fault.settings = ["OBJECT_ENDPOINT": "https://localhost:\(proxy.securePort)"]
            try Self.withSite(Fault()) { site in try Self.expect(fault, site) }
            // The check accepts the certificate, and nginx does not.
            fault = Fault(fails: ["delivery/store-certificate-refused"], remedy: "proxy_ssl_trusted_certificate")
            fault.edits = ["http://object_store$object_target": "https://127.0.0.1:\(proxy.securePort)$object_target"]
            fault.settings = ["CURL_CA_BUNDLE": proxy.certificate]
            let settings = ["OBJECT_ENDPOINT": "https://localhost:\(proxy.securePort)"]
            let site = try GateStoreSite(settings: settings, edits: fault.edits)
            try withLogs(of: site) { site in try Self.expect(fault, site) }
            try site.stop()
            try proxy.stop()
        }

        @Test("A bucket that is open to every client fails") func open() throws {
            let store = try ObjectStoreServer.shared
            try store.makePublic("open", key: "team/\(ObjectCorpus.plain)")
            let fault =
                ObjectStoreServer.isCeph
                ? Fault(
                    fails: ["store-public/store-public-object"], remedy: "ACL public-read", bucket: "s3://open/team")
                : Fault(
                    fails: ["store-public/store-public-object"], remedy: "swift post --read-acl ''",
                    bucket: "swift://open/team")
            try Self.withSite(fault) { site in try Self.expect(fault, site) }
        }

        @Test("A Caddyfile without the block that fetches objects shows the signed URL to clients") func leaked() throws
        {
            let site = try GateStoreSite(
                route: .caddy, edits: ["@object header X-Object-Store-URL *": "@object header X-Sendfile *"])
            let fault = Fault(fails: ["delivery/store-url-leaked"], remedy: "OBJECT_DELIVERY redirect")
            try withLogs(of: site) { site in try Self.expect(fault, site) }
            try site.stop()
        }

        @Test("A web server that does not fetch objects fails") func unsupportedServer() throws {
            let directory = try Workspace.shared.makeDirectory("credentials")
            var settings = try GateStoreSite.settings("s3://bucket/team", directory: directory)
            settings["SENDFILE_LINK_SECRET"] = nil
            settings["OBJECT_DELIVERY"] = "server"
            let site = try GateSite.shared(.init(server: .lighttpd, settings: settings))
            settings["SENDFILE_LINK_SECRET_FILE"] = "\(site.directory)/secret"
            let result = try CheckCommand.run(
                ["--json", "--url", "http://127.0.0.1:\(site.port)", "--file", ObjectCorpus.plain],
                environment: settings)
            let report = try CheckReport(from: result.output)
            // The gate names no object to lighttpd, which would send the signed URL to the client.
            #expect(report.diagnoses("fail") == ["delivery/store-location-missing"], "\(report.summary)")
        }

        @Test("Without an object, and with a link to one, the command line says what it needs") func usage() throws {
            try Self.withSite(Fault()) { site in
                let url = "http://127.0.0.1:\(site.client.port)"
                let none = try CheckCommand.run(["--url", url], environment: site.environment)
                #expect(
                    none.status == 64 && none.output.contains("name an object below s3://bucket/team"), "\(none.output)"
                )
                let link = try CheckCommand.run(
                    ["--url", url + site.link(ObjectCorpus.plain)], environment: site.environment)
                #expect(link.status == 0, "\(link.output)")
                #expect(link.output.contains("s3://bucket/team: plain.txt"))
            }
        }
    }
}
