import Glibc
import Testing

extension ServerTests {
    /// An unmodified cache between the clients and the web server, which ignores cookies.
    @Suite(.serialized) struct SharedCacheTests {
        enum Cache: String, CaseIterable, Sendable, CustomTestStringConvertible {
            case apache = "mod_cache"
            case nginx = "proxy_cache"
            case varnish = "Varnish"

            var testDescription: String { self.rawValue }

            /// Starts the cache in front of a web server, and waits until it passes on a response with this status.
            func start(
                origin: UInt16, ready: (target: String, status: Int)
            ) throws -> (client: HTTPClient, process: ChildProcess) {
                let port = try Address.freePort()
                let process = try self.start(
                    port: port, origin: origin, in: try Workspace.shared.makeDirectory("cache"))
                let client = HTTPClient(port: port)
                let deadline = time(nil) + Socket.patience
                while (try? client.get(ready.target))?.status != ready.status {
                    guard process.isRunning, time(nil) < deadline else {
                        process.signal(SIGTERM)
                        throw Failure("\(self) does not answer: \(try Files.text(process.log))")
                    }
                    usleep(10_000)
                }
                return (client, process)
            }

            /// Writes its configuration and starts it.
            private func start(port: UInt16, origin: UInt16, in directory: String) throws -> ChildProcess {
                let log = "\(directory)/server.log"
                switch self {
                case .apache:
                    let modules = "/usr/lib/apache2/modules"
                    try Files.makeDirectory("\(directory)/cache")
                    try Files.giveToServer("\(directory)/cache")
                    let names = ["mpm_event", "authz_core", "proxy", "proxy_http", "cache", "cache_disk"]
                    let loads = names.map { "LoadModule \($0)_module \(modules)/mod_\($0).so" }.joined(separator: "\n")
                    try Files.write(
                        """
                        ServerRoot "\(directory)"
                        ServerName localhost
                        Listen 127.0.0.1:\(port)
                        PidFile "\(directory)/apache2.pid"
                        ErrorLog "\(directory)/error.log"
                        DefaultRuntimeDir "\(directory)"
                        User www-data
                        Group www-data
                        \(loads)
                        CacheRoot "\(directory)/cache"
                        CacheEnable disk "/"
                        ProxyPass "/" "http://127.0.0.1:\(origin)/"

                        """, to: "\(directory)/apache2.conf")
                    return try ChildProcess(
                        ["apache2", "-D", "FOREGROUND", "-f", "\(directory)/apache2.conf"], log: log)
                case .nginx:
                    try Files.write(
                        """
                        user www-data;
                        daemon off;
                        pid \(directory)/nginx.pid;
                        error_log \(directory)/error.log;
                        events {}
                        http {
                            access_log off;
                            client_body_temp_path \(directory)/body;
                            proxy_temp_path \(directory)/proxy;
                            fastcgi_temp_path \(directory)/fastcgi;
                            scgi_temp_path \(directory)/scgi;
                            uwsgi_temp_path \(directory)/uwsgi;
                            proxy_cache_path \(directory)/cache keys_zone=files:1m;
                            server {
                                listen 127.0.0.1:\(port);
                                location / {
                                    proxy_cache files;
                                    # As in many tutorials: for what says nothing of how long it may be kept.
                                    proxy_cache_valid 200 206 404 1m;
                                    proxy_pass http://127.0.0.1:\(origin);
                                }
                            }
                        }

                        """, to: "\(directory)/nginx.conf")
                    return try ChildProcess(["nginx", "-p", directory, "-c", "nginx.conf"], log: log)
                case .varnish:
                    // A site with cookies: they are passed on, and do not prevent the storage of responses.
                    try Files.write(
                        """
                        vcl 4.1;
                        backend default { .host = "127.0.0.1"; .port = "\(origin)"; }
                        sub vcl_recv { return (hash); }

                        """, to: "\(directory)/site.vcl")
                    return try ChildProcess(
                        [
                            "varnishd", "-F", "-a", "127.0.0.1:\(port)", "-f", "\(directory)/site.vcl", "-s",
                            "malloc,16m", "-n",
                            "\(directory)/work", "-T", "none",
                        ], log: log)
                }
            }
        }

        @Test(
            "One user's file is not given to the next", arguments: Cache.allCases,
            [
                Delivery(server: .lighttpd, streams: false), Delivery(server: .nginx, streams: false),
                Delivery(server: .apacheProxyFcgi, streams: false), Delivery(server: .caddy, streams: false),
                Delivery(server: .nginx, streams: true),
            ])
        func nextUser(_ cache: Cache, _ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let (client, process) = try cache.start(origin: site.port, ready: ("/ready", 200))
                defer {
                    process.signal(SIGTERM)
                    _ = try? process.waitForEnd()
                }

                // A control: a response that a handler calls public is stored, and not requested again.
                let line = FileName(Array("Cache-Control: public, max-age=60".utf8)).hexadecimal
                let first = try client.get("/field/given/\(line)", ["Cookie": "user=alice"])
                #expect(first.status == 200 && first.body == Corpus.content(of: "plain.txt"))
                try site.withoutAnswers {
                    let second = try client.get("/field/given/\(line)")
                    #expect(second.status == 200 && second.body == first.body, "\(cache) does not keep it")
                }

                for range in [nil, "bytes=2-5"] {
                    let fields = range.map { ["Range": $0] } ?? [:]
                    for target in ["/private/plain.txt", "/private/100%2525.txt", "/private/missing.txt"] {
                        let isMissing = target.contains("missing")
                        for _ in 1...2 {
                            let alice = try client.get(target, fields.merging(["Cookie": "user=alice"]) { $1 })
                            #expect(isMissing ? alice.status == 404 : [200, 206].contains(alice.status))
                        }
                        let stranger = try client.get(target, fields)
                        #expect(stranger.status == 401, "\(target) \(fields): \(stranger.status)")
                        #expect(!stranger.text.contains("content of"))
                        let bob = try client.get(target, fields.merging(["Cookie": "user=bob"]) { $1 })
                        #expect(bob.status == 403, "\(target) \(fields): \(bob.status)")
                    }
                }
                let tag = try #require(
                    try client.get("/private/plain.txt", ["Cookie": "user=alice"]).field("ETag"))
                // nginx requests the whole of a file that it may store.
                let again = try client.get("/private/plain.txt", ["Cookie": "user=alice", "If-None-Match": tag])
                #expect(again.status == (cache == .nginx ? 200 : 304))
                #expect(try client.get("/private/plain.txt", ["If-None-Match": tag]).status == 401)
            }
        }

        @Test(
            "One user's file is not given to the next where an authorizer decides", arguments: Cache.allCases,
            AuthorizerSite.Server.allCases)
        func nextUserOfAuthorizer(_ cache: Cache, _ server: AuthorizerSite.Server) throws {
            let site = try AuthorizerSite.shared(server)
            let (client, process) = try cache.start(origin: site.port, ready: ("/files/plain.txt", 401))
            defer {
                process.signal(SIGTERM)
                _ = try? process.waitForEnd()
            }
            for range in [nil, "bytes=2-5"] {
                let fields = range.map { ["Range": $0] } ?? [:]
                for target in ["/files/plain.txt", "/files/100%2525.txt", "/files/missing.txt"] {
                    for _ in 1...2 {
                        let alice = try client.get(target, fields.merging(["Cookie": "user=alice"]) { $1 })
                        #expect(target.contains("missing") ? alice.status == 404 : [200, 206].contains(alice.status))
                    }
                    let stranger = try client.get(target, fields)
                    #expect(stranger.status == 401, "\(target) \(fields): \(stranger.status)")
                    #expect(!stranger.text.contains("content of"))
                }
            }
        }
    }
}

extension Site {
    /// Calls `body` while the web server does not respond, because all of its processes are stopped.
    func withoutAnswers(_ body: () throws -> Void) throws {
        let processes = try self.serverProcesses()
        for process in processes { kill(process, SIGSTOP) }
        defer { for process in processes { kill(process, SIGCONT) } }
        try body()
    }

    /// The processes of the web server, including those of a program that it has started.
    private func serverProcesses() throws -> [pid_t] {
        var found = [try self.serverPID]
        var index = 0
        while index < found.count {
            let children = try? Files.text("/proc/\(found[index])/task/\(found[index])/children")
            found += children?.split(separator: " ").compactMap { pid_t($0) } ?? []
            index += 1
        }
        return found
    }

    private var serverPID: pid_t {
        get throws {
            guard let pid = self.processes.last?.pid else { throw Failure("no web server") }
            return pid
        }
    }
}
