import Glibc

/// A real nginx in front of the object store: it refuses HEAD and some keys, lists one bucket for every client, and has a certificate of its own.
final class StoreProxy: Sendable {
    let port: UInt16
    let securePort: UInt16
    /// The file of the certificate, which is valid for localhost and known to no client.
    let certificate: String
    private let process: ChildProcess

    init() throws {
        let directory = try Workspace.shared.makeDirectory("store-proxy")
        (self.port, self.securePort) = (try Address.freePort(), try Address.freePort())
        let certificate = try Certificate(in: directory)
        self.certificate = certificate.file
        try Files.write(
            """
            daemon off;
            pid \(directory)/nginx.pid;
            error_log \(directory)/error.log;
            events {}
            http {
                access_log off;
                server {
                    listen 127.0.0.1:\(self.port);
                    location = /bucket/team/500 { return 500; }
                    location = /bucket/team/403 { return 403; }
                    location = /bucket/team/429 { return 429; }
                    location = /other/ { return 200 "<ListBucketResult/>"; }
                    location / {
                        if ($request_method = HEAD) { return 403; }
                        proxy_pass http://127.0.0.1:\(try ObjectStoreServer.shared.port);
                        proxy_set_header Host $http_host;
                    }
                }
                server {
                    listen 127.0.0.1:\(self.securePort) ssl;
                    ssl_certificate \(self.certificate);
                    ssl_certificate_key \(certificate.key);
                    location / {
                        proxy_pass http://127.0.0.1:\(try ObjectStoreServer.shared.port);
                        proxy_set_header Host $http_host;
                    }
                }
            }

            """, to: "\(directory)/nginx.conf")
        self.process = try ChildProcess(
            ["nginx", "-c", "\(directory)/nginx.conf", "-e", "\(directory)/error.log"], log: "\(directory)/server.log")
        for port in [self.port, self.securePort] {
            try Deadline.wait("the store's proxy listens") {
                guard self.process.isRunning else { throw Failure(try Files.text(self.process.log)) }
                return (try? Socket.connected(to: .loopback(port: port))) != nil
            }
        }
    }

    func stop() throws {
        self.process.signal(SIGTERM)
        _ = try self.process.waitForEnd()
    }
}
