import Glibc
import Testing

@testable import sendfile_gate

/// The changes of a machine between two checks.
@Suite struct MachineChangeTests {
    /// A directory with a configuration and a root, and the changes that a script makes there.
    private static func changes(_ script: String) throws -> [String] {
        let directory = try Workspace.shared.makeDirectory("changes")
        try Self.run(
            "mkdir -p conf.d root/sub; printf 'a 1;\\n# note\\nb 2;\\n' >conf.d/site; ln -s site conf.d/link; "
                + "echo file >root/sub/file; printf 'k1:0123\\n' >secret; chmod 600 secret", in: directory)
        let watched = WatchedPaths(
            texts: ["\(directory)/conf.d", "\(directory)/secret"], places: ["\(directory)/secret"],
            root: "\(directory)/root")
        let old = MachineRecord(time: 0, watched: watched, paths: watched.survey())
        // As it is read from its file.
        let kept = try #require(MachineRecord(old.text))
        #expect(kept.paths == old.paths && kept.watched == watched)
        try Self.run(script, in: directory)
        let new = MachineRecord(time: 1, watched: watched, paths: watched.survey())
        return MachineChange.all(since: kept, to: new).map { $0.text.replacing("\(directory)/", with: "") }
    }

    private static func run(_ script: String, in directory: String) throws {
        let shell = try ChildProcess(["sh", "-euc", "cd '\(directory)'; \(script)"], log: "\(directory)/log")
        guard try shell.waitForEnd() == .exited(0) else { throw Failure(try Files.text("\(directory)/log")) }
    }

    @Test(
        "Each change is named with its place",
        arguments: [
            ("true", []),
            ("sed -i 's/b 2/b 3/' conf.d/site", ["conf.d/site:3: b 2;   (removed)", "conf.d/site:3: b 3;   (new)"]),
            ("sed -i '1i c 3;' conf.d/site", ["conf.d/site:1: c 3;   (new)"]),
            ("sed -i 's/# note/# other/' conf.d/site", []),
            ("echo 'proxy_cache_key $uri;' >>conf.d/site", ["conf.d/site:4: proxy_cache_key $uri;   (new)"]),
            ("printf 'x 1;\\n' >conf.d/more", ["conf.d/more: a new file", "conf.d/more:1: x 1;"]),
            ("rm conf.d/link", ["conf.d/link: is gone, a link to site"]),
            ("ln -sf more conf.d/link", ["conf.d/link: leads to more, led to site"]),
            ("chmod 700 root/sub", ["root/sub: has mode 700, had 755"]),
            ("chown daemon:daemon root/sub/file", ["root/sub/file: belongs to daemon:daemon, belonged to root:root"]),
            ("echo new >root/new", []),
            (
                "rm root/sub/file; ln -s /etc/hosts root/sub/file",
                ["root/sub/file: is a link to /etc/hosts, was a file"]
            ),
            (
                "printf 'k1:4567\\n' >secret",
                [
                    "secret:1: a line that is not shown, because it may contain a secret   (removed)",
                    "secret:1: a line that is not shown, because it may contain a secret   (new)",
                ]
            ),
        ] as [(String, [String])])
    func change(_ script: String, _ expected: [String]) throws {
        guard geteuid() == 0 || !script.hasPrefix("chown") else { return }
        #expect(try Self.changes(script) == expected)
    }

    @Test("A record contains no line of a file that not every user may read, and none that may be a secret")
    func secrets() throws {
        let directory = try Workspace.shared.makeDirectory("changes")
        try Self.run(
            "echo hidden-one >closed; chmod 600 closed; echo 'API_TOKEN=hidden-two' >open; chmod 644 open",
            in: directory)
        let watched = WatchedPaths(texts: [directory], places: [])
        let text = MachineRecord(time: 0, watched: watched, paths: watched.survey()).text
        #expect(text.contains("closed") && !text.contains("hidden"))
    }

    @Test("A text that is not a record is refused") func broken() {
        for text in [
            "", "x", "sendfile-gate-record 1 x", "sendfile-gate-record 1 5\npath /a file 1",
            "sendfile-gate-record 1 5\nx",
        ] {
            #expect(MachineRecord(text) == nil, "\(text)")
        }
    }
}
