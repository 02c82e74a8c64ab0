import Glibc

/// The programs of this package for a machine without Swift, linked with Swift's static libraries.
struct MachinePrograms {
    /// Linked when a machine first needs them.
    static let shared = Result { try MachinePrograms() }

    static let names = ["test-application", "hummingbird-application", "sendfile-gate", "ProtectedDownloads"]

    let paths: [String]

    /// Links the objects of the test build again, with the options of the article SmallPrograms.
    private init() throws {
        let built = try Workspace.built
        let directory = try Workspace.shared.makeDirectory("static")
        // With shared Swift libraries, objects name only direct dependencies; transitive ones are appended.
        let script = """
            for name in \(Self.names.joined(separator: " ")); do
                main=$(echo "$name" | tr - _)_main
                swiftc -static-stdlib "@$1/$name.product/Objects.LinkFileList" -o "$2/$name" -Xlinker "--defsym=main=$main" \\
                    -use-ld=lld -Xlinker --gc-sections -Xlinker -s -Xlinker --no-export-dynamic \\
                    -Xlinker -z -Xlinker pack-relative-relocs \\
                    -lfcgi -lFoundationInternationalization -lFoundationEssentials -l_FoundationCShims -l_FoundationCollections \\
                    -l_FoundationICU -lCoreFoundation -l_CFURLSessionInterface -lstdc++
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
