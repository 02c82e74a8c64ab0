import Glibc

/// The files of a folder below `conf`, with placeholders replaced.
enum ConfigurationFiles {
    /// The folder `conf` of this package.
    private static let folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/") + "/conf"

    /// Copies the files of one web server and replaces the placeholders.
    ///
    /// - Parameters:
    ///   - server: The name of the folder.
    ///   - directory: The destination of the copies.
    ///   - values: By the placeholder's name: `["PORT": "8080"]` for `@PORT@`.
    ///   - backend: Another value for `SENDFILE_BACKEND`, as an operator would write it.
    ///   - files: The names of the files; `nil` for all except those of sendfile-gate, of objects and of several servers.
    static func fill(
        _ server: String, into directory: String, values: [String: String], backend: String? = nil,
        files: [String]? = nil
    ) throws {
        var changed = 0
        let names =
            try files
            ?? Files.names(in: "\(Self.folder)/\(server)").filter {
                !$0.contains("gate") && !$0.contains("object") && !$0.contains("several")
            }
        for name in names {
            let filled = try Self.filled("\(server)/\(name)", values: values, backend: backend)
            changed += filled.changed
            try Files.write(filled.text, to: "\(directory)/\(name)")
        }
        if backend != nil, changed == 0 { throw Failure("conf/\(server) does not set SENDFILE_BACKEND") }
    }

    /// The text of one file below `conf` with placeholders replaced, and the number of its lines that set another
    /// backend.
    static func filled(
        _ path: String, values: [String: String], backend: String? = nil
    ) throws -> (text: String, changed: Int) {
        var changed = 0
        var text = try Files.text("\(Self.folder)/\(path)")
        for (placeholder, value) in values { text = text.replacing("@\(placeholder)@", with: value) }
        if let left = text.firstMatch(of: /@[A-Z]+@/) { throw Failure("no value for \(left.output) in \(path)") }
        if let backend {
            text = text.replacing(/(?m)^(?<head>[ \t]*[^# \t].*SENDFILE_BACKEND\W+)\w+/) {
                changed += 1
                return "\($0.output.head)\(backend)"
            }
        }
        return (text, changed)
    }

    /// Enables an option in the copies: its lines begin with `#`, its name and a colon.
    static func enable(_ option: String, in directory: String, files: [String]) throws {
        var count = 0
        for name in files {
            let text = try Files.text("\(directory)/\(name)")
            count += text.ranges(of: "#\(option):").count
            try Files.write(Self.enabling(option, in: text), to: "\(directory)/\(name)")
        }
        guard count > 0 else { throw Failure("the configuration has no option \(option)") }
    }

    /// A file's text with an option enabled.
    static func enabling(_ option: String, in text: String) -> String {
        // The prose names the beginning in quotes.
        text.replacing(/(?m)^(?<space>[ \t]*)#(?<name>[a-z]+):/) {
            $0.output.name == option ? String($0.output.space) : String($0.output.0)
        }
    }

    /// Replaces settings in the copies, as an operator would; each must occur exactly once.
    ///
    /// - Parameter files: The files to change; `nil` for all.
    static func change(_ settings: [String: String], in directory: String, files: [String]? = nil) throws {
        for (old, new) in settings {
            var changed = 0
            for name in try Files.names(in: directory) where files?.contains(name) ?? name.hasSuffix(".conf") {
                let text = try Files.text("\(directory)/\(name)")
                let parts = text.ranges(of: old).count
                guard parts > 0 else { continue }
                changed += parts
                try Files.write(text.replacing(old, with: new), to: "\(directory)/\(name)")
            }
            guard changed == 1 else { throw Failure("\"\(old)\" stands \(changed) times in the configuration") }
        }
    }
}
