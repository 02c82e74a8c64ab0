import Glibc

/// The compiler with the modules of the running tests: it builds nothing again and waits for no other build.
struct SwiftCompiler: Sendable {
    /// The directory of the tests and the modules.
    private let built: String
    private let moduleFlags: [String]
    private let linkFlags: [String]

    init() throws {
        self.built = try Workspace.built
        let directory = try Workspace.shared.makeDirectory("compiler")
        // The build's description lists the C modules of all dependencies.
        let script = """
            grep -o -E '"(-fmodule-map-file=[^"]*|-sanitize=[^"]*)"' "$1/description.json" | tr -d '"\\\\' | sort -u
            grep -v -E '/test_application\\.build/|/test-application' \
                "$1/test-application.product/Objects.LinkFileList" >"$2/objects"
            """
        let log = "\(directory)/flags"
        let search = try ChildProcess(["sh", "-euc", script, "sh", self.built, directory], log: log)
        guard try search.waitForEnd() == .exited(0) else {
            throw Failure("cannot read how \(self.built) was built: \(try Files.text(log))")
        }
        let flags = try Files.text(log).split(separator: "\n").map(String.init)
        self.moduleFlags = flags.filter { $0.hasPrefix("-fmodule-map-file=") }.flatMap { flag in
            let map = flag.dropFirst("-fmodule-map-file=".count)
            return ["-Xcc", flag, "-Xcc", "-I\(map.prefix(upTo: map.lastIndex(of: "/") ?? map.startIndex))"]
        }
        self.linkFlags =
            flags.filter { $0.hasPrefix("-sanitize=") } + [
                "@\(directory)/objects", "-lfcgi", "-Xlinker", "-rpath=$ORIGIN",
            ]
    }

    /// Type-checks files that form one module, as in a user's package: in language mode 6, without upcoming features.
    /// The diagnostics are written to `log`.
    func check(_ files: [String], log: String) throws -> ChildProcess {
        try self.start(["-typecheck"] + files, log: log)
    }

    /// Type-checks one module of several, and writes what the next ones import to the directory `place`. If the name of
    /// this package is given, the files have package access and the upcoming features of its targets.
    func emit(
        _ module: String, of files: [String], package: String?, headers: [String], into place: String, log: String
    ) throws -> ChildProcess {
        let settings = package.map { package in
            ["-package-name", package]
                + ["ExistentialAny", "InternalImportsByDefault"].flatMap { ["-enable-upcoming-feature", $0] }
        }
        let output = [
            "-emit-module", "-emit-module-path", "\(place)/\(module).swiftmodule", "-enable-testing", "-I", place,
        ]
        let imports = headers.flatMap { ["-I", $0] }
        return try self.start(output + imports + (settings ?? []) + files, module: module, log: log)
    }

    /// Builds a program of one file that uses products of this package. It finds libraries in its own directory.
    func build(_ file: String, into program: String) throws {
        let log = "\(program).build.log"
        let process = try self.start(["-o", program, "-warnings-as-errors", file] + self.linkFlags, log: log)
        guard try process.waitForEnd(seconds: 300) == .exited(0) else { throw Failure(try Files.text(log)) }
    }

    private func start(_ arguments: [String], module: String = "Example", log: String) throws -> ChildProcess {
        let flags = [
            "-parse-as-library", "-swift-version", "6", "-module-name", module, "-diagnostic-style", "llvm",
            "-I", "\(self.built)/Modules", "-module-cache-path", "\(self.built)/ModuleCache",
        ]
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        return try ChildProcess(
            ["swiftc"] + flags + self.moduleFlags + arguments, environment: ["PATH": path], log: log)
    }
}
