import Glibc

/// The programs of this package as they are brought to a machine that has no Swift: with Swift's libraries in them.
struct MachinePrograms {
    /// Made when a machine first needs them.
    static let shared = Result { try MachinePrograms() }

    static let names = ["test-application", "sendfile-gate", "ProtectedDownloads"]

    let paths: [String]

    /// Links what was built together with the tests once more, as `swift build --static-swift-stdlib` does.
    private init() throws {
        let built = try Workspace.built
        let directory = try Workspace.shared.makeDirectory("static")
        // Objects name only the libraries that they need when Swift's are shared ones; what these need in turn comes last.
        let script = """
            for name in \(Self.names.joined(separator: " ")); do
                main=$(echo "$name" | tr - _)_main
                swiftc -static-stdlib "@$1/$name.product/Objects.LinkFileList" -o "$2/$name" -Xlinker "--defsym=main=$main" \\
                    -Xlinker --gc-sections -Xlinker --strip-debug \\
                    -lfcgi -lFoundationEssentials -l_FoundationCShims -l_FoundationCollections
            done
            """
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let log = "\(directory)/link.log"
        let link = try ChildProcess(
            ["sh", "-euc", script, "sh", built, directory], environment: ["PATH": path], log: log)
        guard try link.waitForEnd(seconds: 300) == .exited(0) else { throw Failure(try Files.text(log)) }
        self.paths = Self.names.map { "\(directory)/\($0)" }
    }
}
