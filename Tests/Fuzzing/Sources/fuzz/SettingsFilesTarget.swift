@testable import GateReaders
@testable import ObjectStorage
@testable import SignedLinks

/// The files of settings, secrets and credentials of a gate.
enum SettingsFilesTarget {
    private static let file = MemoryFile()

    static func run(_ input: Input) {
        var input = input
        let kind = input.byte() % 4
        let content = Array(input.rest)
        switch kind {
        case 0: Self.settings(content)
        case 1: Self.secrets(content)
        case 2: Self.credentials(String(decoding: content, as: UTF8.self))
        default: Self.durations(input.text())
        }
    }

    /// A file is refused with one line, or has known settings whose values are one line, and is the same if it is written again.
    private static func settings(_ content: [UInt8]) {
        let path = Self.file.path
        Self.file.write(content)
        do {
            let source = try SettingsSource(environment: [:], file: path)
            for (name, value) in source.values {
                require(Setting.isKnown(name) && !value.isEmpty && !value.contains(0x0A), name)
                require(source.places[name]?.hasPrefix(path) == true, name)
            }
            let written = source.values.sorted { $0.key < $1.key }.map {
                Array("\($0.key)=\"".utf8) + $0.value + "\"\n".utf8
            }
            Self.file.write(written.joined())
            let again = try SettingsSource(environment: [:], file: path)
            require(again.values == source.values, "\(source.values), but \(again.values)")
            // No file that these settings name is read.
            var environment = source.values.filter { !$0.key.hasSuffix("_FILE") }
            environment["SENDFILE_LINK_SECRET"] = Array("0123456789abcdef".utf8)
            let settings = try GateSettings(SettingsSource(environment: environment, file: nil))
            require(settings.timeout > .zero && settings.longest > .zero, "\(settings.timeout)")
            require(!settings.prefix.hasSuffix("/"), settings.prefix)
            require(isOneLine(settings.formats.description), "\(settings.formats)")
        } catch {
            let text = GateError(error).description
            require(isOneLine(text), text)
            require(text.utf8.count < content.count * 6 + 4096, "\(text.utf8.count) bytes of a message")
        }
    }

    /// The keys are those of the lines. No message contains a secret.
    private static func secrets(_ content: [UInt8]) {
        Self.file.write(content)
        guard
            let source = try? SettingsSource(
                environment: ["SENDFILE_LINK_SECRET_FILE": Array(Self.file.path.utf8)], file: nil)
        else { return require(false, "no source") }
        var messages: [String] = []
        do {
            let all = try GateKeys(source)
            let keys = all.links
            messages = all.warnings
            require(!keys.isEmpty && Set(keys.map(\.id)).count == keys.count, "\(keys.map(\.id))")
            let lines = content.split(separator: 0x0A).map { $0.last == 0x0D ? Array($0.dropLast()) : Array($0) }
                .filter { !$0.isEmpty && $0.first != UInt8(ascii: "#") }
            require(
                lines == keys.map { ($0.id.isEmpty ? [] : Array("\($0.id):".utf8)) + $0.secret }
                    || lines.contains { $0.first == UInt8(ascii: ":") }, "\(lines)")
        } catch { messages = [error.description] }
        for line in content.split(whereSeparator: { $0 <= 0x20 || $0 == UInt8(ascii: ":") }) where line.count >= 12 {
            // Words that a message has anyway.
            let text = String(decoding: line, as: UTF8.self)
            let known =
                "SENDFILE_LINK_SECRET_FILE has text before its first colon that is /dev/urandom configuration accessible"
            guard !known.contains(text) else { continue }
            require(!messages.contains { $0.contains(text) }, "\(messages) shows \(text)")
        }
        for message in messages { require(isOneLine(message), message) }
    }

    /// The credentials are those of a line each.
    private static func credentials(_ text: String) {
        for kind in [CredentialKind.s3, .tempURL] {
            guard let values = CredentialsFile.parse(text, kind) else { continue }
            let secret = String(decoding: values.secret, as: UTF8.self)
            require(!secret.isEmpty && isOneLine(secret.filter(\.isNewline)) && text.contains(secret), text)
            require(kind == .tempURL || !values.accessKey.isEmpty, text)
            require("\(values)" == "the credentials of an object store", "\(values)")
            let again =
                "aws_access_key_id=\(values.accessKey)\naws_secret_access_key = \(secret)\ntemp_url_key=\(secret)"
            require(CredentialsFile.parse(again, kind)?.secret == values.secret, text)
        }
    }

    private static func durations(_ text: String) {
        guard let duration = LinkDuration(text) else { return }
        switch duration {
        case .lasting(let time): require(time > .zero && time.components.attoseconds == 0, text)
        case .until: require(text.utf8.allSatisfy { "@0123456789-T:Z".utf8.contains($0) }, text)
        }
    }
}
