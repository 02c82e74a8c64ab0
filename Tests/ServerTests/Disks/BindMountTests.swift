import Glibc
import Testing

extension ServerTests {
    /// Mounts below the root, and a root that is a mount. Only root can mount, so a mount is the administrator's
    /// decision: both walls cross it.
    @Suite(.serialized, .enabled(if: geteuid() == 0, "only root can mount")) struct BindMountTests {
        private static func run(_ command: String) throws {
            let log = "\(try Workspace.shared.makeDirectory("mount"))/log"
            let process = try ChildProcess(["sh", "-euc", command], log: log)
            guard try process.waitForEnd() == .exited(0) else { throw Failure("\(command): \(try Files.text(log))") }
        }

        @Test(
            "A directory and a file mounted below the root belong to it, and links from there cannot leave it",
            arguments: Delivery.allWithBothWalls)
        func inside(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let outside = try Workspace.shared.makeDirectory("outside")
                for name in ["file.txt", "alone.txt"] { try Files.write("outside \(name)", to: "\(outside)/\(name)") }
                // Links out of the mounted directory, into the root or out of it.
                try Files.makeLink("\(outside)/into", to: "../plain.txt")
                try Files.makeLink("\(outside)/out", to: "../../secret.txt")
                try Files.makeLink("\(outside)/beside", to: "file.txt")
                let bound = "bound-\(getpid())"
                try Files.makeDirectory("\(site.root)/\(bound)")
                try Files.write("below", to: "\(site.root)/\(bound).txt")
                defer {
                    for name in [bound, "\(bound).txt"] { try? Self.run("umount -l '\(site.root)/\(name)' || true") }
                    rmdir("\(site.root)/\(bound)")
                    unlink("\(site.root)/\(bound).txt")
                }
                func get(_ name: String) throws -> String {
                    let answer = try site.client.get("/file/\(name)")
                    return answer.status == 200 ? answer.text : "\(answer.status)"
                }
                #expect(try get("\(bound)/file.txt") == "404")
                #expect(try get("\(bound).txt") == "below")
                try Self.run("mount --bind '\(outside)' '\(site.root)/\(bound)'")
                try Self.run("mount --bind '\(outside)/alone.txt' '\(site.root)/\(bound).txt'")
                #expect(try get("\(bound)/file.txt") == "outside file.txt")
                #expect(try get("\(bound).txt") == "outside alone.txt")
                #expect(try get("\(bound)/beside") == "outside file.txt")
                #expect(try get("\(bound)/into") == String(decoding: Corpus.content(of: "plain.txt"), as: UTF8.self))
                #expect(try get("\(bound)/out") == "404")
                // A lazy unmount, because lighttpd may not have closed the file yet.
                try Self.run("umount -l '\(site.root)/\(bound)' && umount -l '\(site.root)/\(bound).txt'")
                #expect(try get("\(bound)/file.txt") == "404")
                #expect(try get("\(bound).txt") == "below")
            }
        }

        @Test(
            "A mounted root is served from the current mount, without a restart",
            arguments: Delivery.allWithBothWalls)
        func root(_ delivery: Delivery) throws {
            let directory = try Workspace.shared.makeDirectory("mounts")
            for name in ["first", "second", "root"] { try Files.makeDirectory("\(directory)/\(name)") }
            for name in ["first", "second"] { try Files.write(name, to: "\(directory)/\(name)/file.txt") }
            let root = "\(directory)/root"
            try Self.run("mount --bind '\(directory)/first' '\(root)'")
            defer { try? Self.run("while umount -l '\(root)'; do :; done 2>/dev/null") }
            let program = SiteProgram(
                path: try Workspace.shared.program, root: root, readyTarget: "/ready",
                environment: ["SENDFILE_ROOT": root])
            let site = try Site(delivery, program: program)
            defer { try? site.stop() }
            try withLogs(of: site) { site in
                func get() throws -> String {
                    let answer = try site.client.get("/file/file.txt")
                    return answer.status == 200 ? answer.text : "\(answer.status)"
                }
                #expect(try get() == "first")
                // Above the existing mount, and in its place.
                try Self.run("mount --bind '\(directory)/second' '\(root)'")
                try Deadline.wait("the mount on top is served") { try get() == "second" }
                try Self.run("umount -l '\(root)'")
                try Deadline.wait("the mount below is served again") { try get() == "first" }
                try Self.run("umount -l '\(root)'")
                try Deadline.wait("the empty directory is served") { try get() == "404" }
                try Self.run("mount --bind '\(directory)/second' '\(root)'")
                #expect(try get() == "second")
            }
        }
    }
}
