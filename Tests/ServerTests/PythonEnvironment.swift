import Glibc

/// A Python with packages of the Python package index, in a virtual environment that is made once and kept as the roots of the machines are.
enum PythonEnvironment {
    /// Returns the path of the interpreter.
    ///
    /// - Parameters:
    ///   - name: The name of the environment. It contains the versions, so that another version has another environment.
    ///   - packages: The packages with their versions.
    static func python(_ name: String, packages: [String]) throws -> String {
        guard let home = getenv("HOME").map({ String(cString: $0) }) else { throw Failure("HOME is not set") }
        let directory = "\(home)/.cache/swift-sendfile/\(name)"
        let python = "\(directory)/bin/python"
        guard access("\(directory)/complete", F_OK) != 0 else { return python }
        let script = """
            set -eu
            directory=$1
            shift
            mkdir -p "$(dirname "$directory")"
            rm -rf "$directory"
            python3 -m venv "$directory"
            "$directory/bin/pip" install --quiet --disable-pip-version-check "$@"
            touch "$directory/complete"
            """
        let log = "\(try Workspace.shared.path)/\(name)-installation.log"
        let environment = ChildProcess.plainEnvironment.merging(
            Dictionary(
                uniqueKeysWithValues: [
                    "HOME", "PIP_INDEX_URL", "PIP_CERT", "PIP_CONFIG_FILE", "https_proxy", "no_proxy",
                ]
                .compactMap { name in getenv(name).map { (name, String(cString: $0)) } })
        ) { $1 }
        let installation = try ChildProcess(
            ["sh", "-c", script, "sh", directory] + packages, environment: environment, log: log)
        guard try installation.waitForEnd(seconds: 300) == .exited(0) else {
            throw Failure("\(packages) cannot be installed from PyPI:\n\(try Files.text(log))")
        }
        return python
    }
}
