import Glibc

/// The lines of a configuration that include a file which does not exist, or the output of a command that fails.
enum MissingIncludes {
    /// - Parameter message: The web server's message about its configuration.
    static func lines(_ configuration: ServerConfiguration, _ message: String) -> [String] {
        let base = IncludeLine.base(configuration)
        return IncludeLine.all(configuration).lines.compactMap { line in
            guard !line.isComment else { return nil }
            if line.name == "include_shell" {
                let program = String(line.pattern.prefix { $0 != " " })
                if program.hasPrefix("/"), access(program, X_OK) != 0 {
                    return "\(line.place): \(line.text)   (\(program): \(String(cString: strerror(errno))))"
                }
                let command = line.pattern.split(separator: " ").joined(separator: " ")
                return message.contains(command) ? "\(line.place): \(line.text)   (the command fails)" : nil
            }
            let isOptional = line.name == "includeoptional" || line.hasWildcard || line.pattern.hasSuffix("/")
            guard !isOptional, !line.pattern.contains("$"), line.files(in: base).isEmpty else { return nil }
            return "\(line.place): \(line.text)   (\(line.pattern) does not exist)"
        }
    }
}
