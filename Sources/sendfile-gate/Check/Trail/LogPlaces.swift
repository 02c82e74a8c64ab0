/// The places of files that a line of a log names.
enum LogPlaces {
    /// The directories of configurations.
    private static let directories = ["/etc/", "/usr/", "/run/systemd/"]

    /// The lines at the places that a log's line names: `[file "/etc/x.conf"] [line "3"]` as ModSecurity writes it, `/etc/x.conf:3`
    /// as nginx and systemd do, `line 3 of /etc/x.conf` as Apache does.
    ///
    /// - Returns: Each place with its text, and the id of the rule if the line names one.
    static func find(in line: String) -> [String] {
        var places: [(file: String, number: Int)] = []
        if let file = Self.quoted("file", in: line), let number = Self.quoted("line", in: line).flatMap({ Int($0) }) {
            places.append((file, number))
        }
        let words = line.split { " \"'(),".contains($0) }.map { $0.hasSuffix(":") ? $0.dropLast() : $0 }
        for (index, word) in words.enumerated() {
            if word.hasPrefix("/"), let colon = word.lastIndex(of: ":"),
                let number = Int(word[word.index(after: colon)...])
            {
                places.append((String(word[..<colon]), number))
            }
            if word == "line", index + 3 < words.count, let number = Int(words[index + 1]), words[index + 2] == "of" {
                places.append((String(words[index + 3]), number))
            }
        }
        let rule = Self.quoted("id", in: line).map { ", rule \($0)" } ?? ""
        return places.compactMap { place in
            guard let text = Self.text(of: place.file, place.number) else { return nil }
            return "\(place.file):\(place.number): \(text)   (the log names this line\(rule))"
        }
    }

    /// The value of `[name "value"]`.
    private static func quoted(_ name: String, in line: String) -> String? {
        guard let start = line.firstRange(of: "[\(name) \"")?.upperBound else { return nil }
        return String(line[start...].prefix { $0 != "\"" })
    }

    /// A client can write a path into a log, so only configurations that every account may read are shown.
    private static func text(of file: String, _ number: Int) -> String? {
        guard let resolved = CheckedFile.resolved(file),
            [file, resolved].allSatisfy({ path in Self.directories.contains(where: path.hasPrefix) }),
            CheckedFile.isPublic(resolved), var content = ConfigurationText(of: resolved)
        else { return nil }
        while content.next != nil {
            let line = content.line
            let text = content.take { $0 != UInt8(ascii: "\n") }
            _ = content.take()
            if line == number {
                return SecretText.isPossible(in: text)
                    ? SecretText.replacement : String(text.drop { $0 == " " || $0 == "\t" }.prefix(120))
            }
        }
        return nil
    }
}
