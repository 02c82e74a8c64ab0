import Glibc
import Testing

extension ServerTests {
    /// The statically linked program in an otherwise empty root, without `/proc` and `/dev`, with openat2 denied.
    @Suite(.serialized, .onMachines) struct ContainerTests {
        @Test("A program in a container without openat2 and /proc serves files, also by header") func bare() throws {
            let root = try Workspace.shared.makeDirectory("container")
            let program = try #require(try MachinePrograms.shared.get().paths.first)
            let script = """
                mkdir -p "$1/srv/files" "$1/run" "$1/bin"
                cp "$2" "$1/bin/program"
                ldd "$2" | grep -o '/[^ ]*' | while read -r library; do
                    mkdir -p "$1$(dirname "$library")"
                    cp -L "$library" "$1$library"
                done
                echo secret >"$1/srv/secret.txt"
                echo hello >"$1/srv/files/plain.txt"
                touch --date=yesterday "$1/srv/files/plain.txt"
                ln -s plain.txt "$1/srv/files/link.txt"
                ln -s ../secret.txt "$1/srv/files/out.txt"
                """
            let made = try ChildProcess(["sh", "-euc", script, "sh", root, program], log: "\(root).log")
            #expect(try made.waitForEnd() == .exited(0))

            let process = try ChildProcess(
                ["\(CodeBlock.package)/Tests/without-openat2", "chroot", root, "/bin/program"],
                environment: ChildProcess.plainEnvironment.merging(
                    ["FASTCGI_LISTEN": "/run/program.sock", "SENDFILE_ROOT": "/srv/files"]) { $1 },
                log: "\(root)-program.log")
            let address = Address.unix(path: "\(root)/run/program.sock")
            try Deadline.wait("the program listens") {
                guard process.isRunning else { throw Failure(try Files.text(process.log)) }
                return (try? Socket.connected(to: address)) != nil
            }
            try Deadline.wait("the log has the reason") {
                try Files.text(process.log).contains("openat2(2) is not available")
            }
            for name in ["plain.txt", "link.txt"] {
                for (backend, field, value) in [
                    ("lighttpd", "X-Sendfile", "/srv/files/plain.txt"),
                    ("apache", "X-Sendfile", "/srv/files/plain.txt"),
                    ("nginx", "X-Accel-Redirect", "/protected/plain.txt"), ("caddy", "X-Sendfile", "/plain.txt"),
                ] {
                    let answer = try FastCGIClient(address).exchange(
                        "GET", "/file/\(name)", parameters: ["SENDFILE_BACKEND": backend])
                    #expect(answer.field(field) == value, "\(backend): \(answer.fields)")
                }
                let streamed = try FastCGIClient(address).exchange("GET", "/file/\(name)")
                #expect(streamed.text == "hello\n")
            }
            for target in ["/file/out.txt", "/file/../secret.txt", "/file/missing.txt"] {
                #expect(try FastCGIClient(address).exchange("GET", target).status == 404, "\(target)")
            }
            process.signal(SIGTERM)
            #expect(try process.waitForEnd() == .exited(0))
        }
    }
}
