import Glibc
import Testing

extension ServerTests {
    /// TLS between a web server and an application server on another host: `conf/stunnel`, and HAProxy's own TLS.
    @Suite(.serialized, .onMachines) struct TunnelTests {
        @Test("Requests and files pass through TLS, and the certificate decides which machine may connect")
        func tunnel() throws {
            let hosts = try HostNetwork(hosts: 3).hosts
            let certificates = try Self.makeCertificates()
            let application = try ApplicationServer(
                "only", on: hosts[2], root: try Workspace.shared.root, peers: nil)
            let ends = [
                try Self.stunnel("application", on: hosts[2], ["ADDRESS": hosts[2].address], certificates),
                try Self.stunnel("front", on: hosts[0], ["APPLICATION": hosts[2].address], certificates),
            ]

            let nginx = try BalancingServer(
                .nginx, on: hosts[0], applications: Array(repeating: "127.0.0.1", count: 3),
                changes: [(old: ":9000", new: ":9001")])
            let haproxy = try Self.haproxy(on: hosts[1], to: hosts[2], certificate: "\(certificates)/front.both")
            for front in [nginx, haproxy] {
                try front.wait(for: ["only"])
                #expect(try front.client.get("/file/\(Corpus.large.name)").body == Corpus.large.content)
                let body = [UInt8](repeating: 7, count: 1 << 20)
                #expect(try front.client.send("POST", "/count", body: .bytes(body)).text == "\(body.count)")
                try front.stop()
            }

            // Another machine's certificate of the same authority, from the address that was admitted above. With TLS 1.3, the
            // server refuses it only after the handshake, so HAProxy answers 502 in place of 503.
            let stranger = try Self.haproxy(on: hosts[1], to: hosts[2], certificate: "\(certificates)/other.both")
            var status: Int?
            try Deadline.wait("HAProxy answers") {
                status = try? stranger.client.get("/file/plain.txt").status
                return status != nil
            }
            #expect(status.map([502, 503].contains) == true)
            try stranger.stop()

            for end in ends {
                end.signal(SIGTERM)
                _ = try end.waitForEnd()
            }
            application.signal(SIGTERM)
            #expect(try application.waitForEnd() == .exited(0))
        }

        /// HAProxy, which speaks TLS to one application server itself.
        private static func haproxy(
            on host: HostNetwork.Host, to application: HostNetwork.Host, certificate: String
        ) throws -> BalancingServer {
            let directory = certificate.split(separator: "/").dropLast().map { "/\($0)" }.joined()
            return try BalancingServer(
                .haproxy, on: host, applications: Array(repeating: application.address, count: 3),
                changes: [
                    (
                        old: "\(application.address):9000",
                        new: "\(application.address):9443 ssl verify required verifyhost application "
                            + "ca-file \(directory)/authority.pem crt \(certificate)"
                    )
                ])
        }

        private static func stunnel(
            _ name: String, on host: HostNetwork.Host, _ values: [String: String], _ certificates: String
        ) throws -> ChildProcess {
            let directory = try Workspace.shared.makeDirectory("stunnel")
            let values = values.merging(["CERTIFICATES": certificates]) { $1 }
            try ConfigurationFiles.fill("stunnel", into: directory, values: values, files: ["\(name).conf"])
            return try ChildProcess(
                host.wrapper + ["stunnel4", "\(directory)/\(name).conf"], log: "\(directory)/server.log")
        }

        /// An authority and the certificates of three machines.
        private static func makeCertificates() throws -> String {
            let directory = try Workspace.shared.makeDirectory("certificates")
            let script = """
                cd "$1"
                openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout authority.key -out authority.pem
                for name in application front other; do
                    openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout $name.key -out $name.request
                    printf 'subjectAltName=DNS:%s\\n' $name >$name.names
                    openssl x509 -req -in $name.request -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 \\
                        -extfile $name.names -out $name.pem
                    cat $name.pem $name.key >$name.both
                done
                chmod a+r -- *
                """
            let make = try ChildProcess(["bash", "-euc", script, "make", directory], log: "\(directory)/log")
            guard try make.waitForEnd() == .exited(0) else { throw Failure(try Files.text(make.log)) }
            return directory
        }
    }
}
