import Glibc
import SystemPackage

/// The unvalidated settings: the process environment, and a file with lower precedence.
struct SettingsSource {
    /// The values by name, without empty ones; also contains unrelated environment variables.
    private(set) var values: [String: [UInt8]] = [:]

    /// The warnings, such as about a file with a secret that every user can read.
    private(set) var warnings: [String] = []

    /// The file and line of each setting that is in force and comes from the file.
    private(set) var places: [String: String] = [:]

    /// The file that `--config` names, which overrides `SENDFILE_CONFIG`.
    let option: String?

    /// The file that is read, if there is one.
    private(set) var file: String?

    /// Reads the environment of this process and the file, if there is one.
    ///
    /// Erases secrets from the environment, so that neither `/proc/PID/environ` nor a child process reveals it.
    ///
    /// - Parameter file: The path given by `--config`, which overrides `SENDFILE_CONFIG`.
    static func process(file: String?) throws(GateError) -> SettingsSource {
        try SettingsSource(environment: Self.takeEnvironment(), file: file)
    }

    /// Reads an environment and the file that it, or `file`, names.
    init(environment: [String: [UInt8]], file: String?) throws(GateError) {
        self.option = file
        let environment = environment.filter { !$0.value.isEmpty }
        for name in environment.keys.sorted() where Setting.isOurs(name) && !Setting.isKnown(name) {
            throw GateError(
                .configuration,
                "\(name) in the environment is not a setting; the most similar one is \(Setting.nearest(to: name))")
        }
        if let file {
            try self.read(file, named: "--config")
        } else if let path = environment["SENDFILE_CONFIG"] {
            try self.read(String(decoding: path, as: UTF8.self), named: "SENDFILE_CONFIG")
        }
        self.values.merge(environment) { $1 }
        self.places = self.places.filter { environment[$0.key] == nil }
        try self.checkStoreNames(environment)
        for name in environment.keys.sorted() where name != name.uppercased() && Setting.isKnown(name.uppercased()) {
            self.warnings.append(
                "\(name) in the environment has no effect: the names of settings are in upper case, \(name.uppercased())"
            )
        }
    }

    /// Refuses an unknown name of a store's settings in the environment, if a store is served. Otherwise, a name with this beginning
    /// may be another program's.
    private mutating func checkStoreNames(_ environment: [String: [UInt8]]) throws(GateError) {
        guard let root = self["SENDFILE_ROOT"], StoreSettings.isStore(root) else {
            if self.values["OBJECT_ENDPOINT"] != nil {
                self.warnings.append(
                    "OBJECT_ENDPOINT has no effect: SENDFILE_ROOT is not a bucket, s3://bucket/prefix or swift://container/prefix"
                )
            }
            return
        }
        for name in environment.keys.sorted() where name.hasPrefix("OBJECT_") && !Setting.isKnown(name) {
            throw GateError(
                .configuration,
                "\(name) in the environment is not a setting; the most similar one is \(Setting.nearest(to: name))")
        }
    }

    /// The value of a setting as text, or `nil`.
    subscript(name: String) -> String? { self.values[name].map { String(decoding: $0, as: UTF8.self) } }

    /// Reads a file with a setting on each line.
    private mutating func read(_ path: String, named name: String) throws(GateError) {
        let file = try SettingsFile(path, named: name)
        self.file = path
        var lines: [String: Int] = [:]
        for (index, line) in file.lines.enumerated() {
            let line = line.trimmed
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            let place = "\(path), line \(index + 1)"
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
                throw GateError(.configuration, "\(place) is not NAME=value; a comment begins with #")
            }
            let name = String(decoding: line[..<equals].trimmed, as: UTF8.self)
            guard Setting.isKnown(name), name != "SENDFILE_CONFIG" else {
                throw GateError(
                    .configuration,
                    "\(place): \(String(name.prefix(80)).debugDescription) is not a setting; the most similar one is "
                        + Setting.nearest(to: name))
            }
            if let other = lines.updateValue(index + 1, forKey: name) {
                throw GateError(
                    .configuration, "\(place) sets \(name), which line \(other) also sets; remove one of them")
            }
            self.values[name] = Array(line[(equals + 1)...].trimmed.unquoted)
            self.places[name] = place
        }
        self.values = self.values.filter { !$0.value.isEmpty }
        if !Setting.secrets.isDisjoint(with: self.values.keys), file.isOpenToOthers {
            self.warnings.append(file.warning)
        }
    }

    /// The same settings with another value of one of them, or without it.
    func setting(_ name: String, to value: String?) -> SettingsSource {
        var source = self
        source.values[name] = value.map { Array($0.utf8) }
        return source
    }

    /// Whether the file contains a key of links itself.
    var hasLinkSecretsInFile: Bool { Setting.linkSecrets.contains { self.places[$0] != nil } }

    /// The same settings, with the keys of links that the file contains now. All other settings need a restart.
    func readingLinkSecrets() throws(GateError) -> SettingsSource {
        var source = self
        let present = try SettingsSource(environment: [:], file: self.file)
        for name in Setting.linkSecrets where self.places[name] != nil { source.values[name] = present.values[name] }
        return source
    }

    /// A copy of the process environment; erases the secrets from the original.
    private static func takeEnvironment() -> [String: [UInt8]] {
        var values: [String: [UInt8]] = [:]
        var variable = environ
        while let text = variable.pointee {
            let bytes = UnsafeBufferPointer(start: text, count: strlen(text)).map(UInt8.init(bitPattern:))
            let equals = bytes.firstIndex(of: UInt8(ascii: "=")) ?? bytes.endIndex
            values[String(decoding: bytes[..<equals], as: UTF8.self)] = Array(bytes[equals...].dropFirst())
            variable += 1
        }
        for name in Setting.secrets {
            guard let secret = getenv(name) else { continue }
            // The kernel exposes this memory as /proc/PID/environ.
            memset(secret, Int32(UInt8(ascii: "*")), strlen(secret))
            unsetenv(name)
        }
        return values
    }
}
