import SignedLinks

/// Reads the keys of links: one secret, or several named ones, of which the first signs new links.
enum LinkKeys {
    /// The shortest safe secret in bytes. A shorter one can be guessed offline by a client that has a link.
    private static let shortest = 16

    /// Returns the keys, and warnings.
    static func read(
        _ source: SettingsSource, _ files: inout KeyFiles
    ) throws(GateError) -> (keys: [LinkKey], warnings: [String]) {
        switch (source.values["SENDFILE_LINK_SECRET"], source["SENDFILE_LINK_SECRET_FILE"]) {
        case (nil, nil):
            throw GateError(
                .configuration,
                "the secret that signs links is missing: set SENDFILE_LINK_SECRET_FILE to a file that contains one, or "
                    + "SENDFILE_LINK_SECRET; head -c 32 /dev/urandom | base64 generates one")
        case (_?, _?):
            throw GateError(
                .configuration, "SENDFILE_LINK_SECRET and SENDFILE_LINK_SECRET_FILE are both set; remove one of them"
            )
        case (let secret?, nil):
            return try Self.keys(secret.split(separator: UInt8(ascii: " ")), of: "SENDFILE_LINK_SECRET")
        case (nil, let path?):
            let file = try files.file(path, named: "SENDFILE_LINK_SECRET_FILE")
            let lines = file.lines.filter { !$0.isEmpty && $0.first != UInt8(ascii: "#") }
            let (keys, warnings) = try Self.keys(lines, of: path)
            let mistakes = lines.compactMap(Self.mistake).map { "\(path) has \($0)" }
            return (keys, warnings + mistakes + (file.isOpenToOthers ? [file.warning] : []))
        }
    }

    /// Recognizes a likely mistake in a line of a secret file. The secret keeps all bytes of the line, because a site
    /// may sign links with exactly these bytes.
    private static func mistake(in line: ArraySlice<UInt8>) -> String? {
        let secret = line.firstIndex(of: UInt8(ascii: ":")).map { line[($0 + 1)...] } ?? line
        if line.starts(with: Self.mark) {
            return "a byte order mark, which is part of the secret; save the file without it"
        }
        if secret.trimmed.count != secret.count {
            return "a secret that begins or ends with a space, which is part of the secret; remove the space"
        }
        if secret.unquoted.count != secret.count {
            return "a secret in quotes, which are part of the secret; remove the quotes"
        }
        if secret.starts(with: "SENDFILE_LINK_SECRET".utf8) || secret.starts(with: "export ".utf8) {
            return
                "the name of a setting before the secret, which is part of the secret; write the secret alone, or id:secret"
        }
        if String(decoding: secret, as: UTF8.self).contains(" #") {
            return "a comment after a secret, which is part of the secret; write it on a line of its own"
        }
        if secret.contains(UInt8(ascii: "\r")) {
            return "a CR in a secret, which is part of the secret; end lines with LF"
        }
        return nil
    }

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Recognizes a likely mistake before the colon of a line, which makes the name of its key invalid.
    private static func nameMistake(in line: ArraySlice<UInt8>) -> String? {
        if line.starts(with: Self.mark) { return "it begins with a byte order mark; save the file without it" }
        if line.starts(with: "SENDFILE_LINK_SECRET".utf8) || line.starts(with: "export ".utf8) {
            return "it begins with the name of a setting; write id:secret alone"
        }
        return nil
    }

    /// Parses entries of the form `id:secret`, or a secret alone. No message shows any part of an entry, because it may
    /// be the secret.
    private static func keys(
        _ entries: [ArraySlice<UInt8>], of source: String
    ) throws(GateError) -> (keys: [LinkKey], warnings: [String]) {
        var keys: [LinkKey] = []
        var warnings: [String] = []
        for (index, entry) in entries.enumerated() {
            let place = entries.count == 1 ? source : "\(source), key \(index + 1) of \(entries.count),"
            var (id, secret) = (entry[..<entry.startIndex], entry)
            if let colon = entry.firstIndex(of: UInt8(ascii: ":")) {
                (id, secret) = (entry[..<colon], entry[(colon + 1)...])
            }
            guard id.count <= 64, id.allSatisfy(Self.isNameByte) else {
                throw GateError(
                    .configuration,
                    "\(place) has text before its first colon that is not a valid key name (at most 64 letters, digits, "
                        + "- . _ and ~); \(Self.nameMistake(in: entry) ?? "put a colon before a secret that contains one")"
                )
            }
            guard !secret.isEmpty else {
                throw GateError(.configuration, "\(place) has no secret after the key's name; write id:secret")
            }
            let name = String(decoding: id, as: UTF8.self)
            guard !keys.contains(where: { $0.id == name }) else {
                throw GateError(
                    .configuration,
                    name.isEmpty
                        ? "\(place) has no name, like another key; several keys need names, as id:secret, and a secret that "
                            + "contains a space must be in a file of its own, named by SENDFILE_LINK_SECRET_FILE"
                        : "\(place) has the name of another key; names must be unique")
            }
            if secret.count < Self.shortest {
                warnings.append(
                    "\(place) has a secret of \(secret.count) bytes, which can be guessed; use at least \(Self.shortest)"
                )
            }
            keys.append(LinkKey(id: name, secret: secret))
        }
        guard !keys.isEmpty else {
            throw GateError(
                .configuration, "\(source) is empty; head -c 32 /dev/urandom | base64 generates a secret")
        }
        return (keys, warnings)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
