import Glibc
import SendfileBasics
import SignedLinks

/// A link that another program made, compared with the gate's settings.
///
/// If it is not valid, it is tried with the usual mistakes of a program that signs: another form of the secret, of the path or
/// of the format. The form with which it is valid is the reason.
struct GivenLink {
    let url: URLText
    let settings: GateSettings
    let binding: LinkBinding

    private typealias Form<Value> = (value: Value, name: String?)

    /// The reason why the gate refuses the link, with the remedy; `nil` if it accepts it.
    func flaw() -> String? {
        let path = PercentEncoding.decode(self.url.path.utf8)
        let prefix = Array(self.settings.prefix.utf8)
        let query = String(self.url.query.dropFirst())
        let below = path.starts(with: prefix) ? Array(path.dropFirst(prefix.count)) : nil
        if let below {
            switch self.settings.accepted.verify(path: below[...], query: query, at: .now, binding: self.binding) {
            case .valid(let link):
                if let slash = self.encodedSlash { return slash }
                guard link.expires > .now + self.settings.longest else { return nil }
                return
                    "the link expires later than SENDFILE_LINK_LONGEST allows: the program that signs gives the expiry in milliseconds, or in "
                    + "another time zone; it must be in seconds since 1970"
            case .expired: return Self.expired(query)
            case .invalid: break
            }
        }
        if let form = self.form(path: path, below: below, query: query) {
            return "the link is valid only for \(form): change the program that signs links"
        }
        if let below, self.settings.formats.all.contains(.hmac),
            let mistake = GivenSignature(url: self.url, path: below, query: query).mistake(
                self.settings.accepted.keys.links)
        {
            return
                "the signature is that of \(mistake): let the program that makes links sign the text that the article \"Expiring links\" specifies"
        }
        guard below != nil else {
            return
                "the URL's path does not begin with SENDFILE_LINK_PREFIX, \(self.settings.prefix.debugDescription), and the link is not valid "
                + "without it either"
        }
        let verdict = self.settings.accepted.verify(
            path: (below ?? path)[...], query: query, at: .now, binding: self.binding)
        guard case .invalid(let flaw) = verdict else { return nil }
        return "\(flaw); \(Self.cause(of: flaw, query))"
    }

    /// The reason why a link with an encoded slash is refused although its signature is valid; `nil` without one.
    private var encodedSlash: String? {
        guard let start = self.url.path.lowercased().firstRange(of: "%2f") else { return nil }
        let parts = self.url.path[..<start.lowerBound].split(separator: "/")
        return
            "its path contains %2F after \((parts.last.map { String($0) } ?? "/").debugDescription): the program that makes links encodes the whole path. It must "
            + "encode each part of the path and leave the slashes between them (JavaScript: path.split(\"/\").map(encodeURIComponent).join(\"/\"); "
            + "PHP: rawurlencode of each part; Python: quote(path, safe=\"/\"))"
    }

    /// When a link expired, and the usual mistakes.
    private static func expired(_ query: String) -> String {
        let value = ["expires", "e"].lazy.compactMap { name in
            query.split(separator: "&").first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
        }.first
        let age = value.flatMap { Int($0) }.map { seconds in
            "expires=\(seconds) was \((time(nil) - seconds) / 60) minutes ago"
        }
        return
            "the link has expired by this machine's clock\(age.map { ": \($0)" } ?? ""). If it is new, the program that signs takes a local time for UTC "
            + "(time zones differ by whole hours: in Python, datetime.now(timezone.utc) in place of utcnow()), or adds no time to now, or gives another unit "
            + "than seconds since 1970; or the clock of the machine that signs differs (timedatectl set-ntp true on both)"
    }

    /// The usual mistakes behind a flaw that no form explains.
    private static func cause(of flaw: LinkFlaw, _ query: String) -> String {
        switch flaw.code {
        case .unknownKey where !Self.keyName(in: query).isEmpty:
            "the line of that key was removed or renamed when the secret was changed: keep it below the new line until the last link of "
                + "the old key has expired; or the program that signs has an older copy of the secret"
        case .missingSignature:
            "it is cut off: a shell ends an address at an & without quotes ('…'), and some programs end it there, too; or the program that "
                + "signs links does not append the signature"
        default: "the program that signs links has another secret, or signs another path"
        }
    }

    /// The form of secret, path and query with which the link is valid.
    private func form(path: [UInt8], below: [UInt8]?, query: String) -> String? {
        let keys = self.settings.accepted.keys.links
        for (query, queryName) in Self.queries(query) {
            let named = Self.keyName(in: query)
            for (path, pathName) in self.paths(path, below) {
                for (key, keyName) in keys.flatMap({ Self.forms(of: $0, named) }) {
                    for format in self.formats {
                        guard
                            let links = try? SignedLinks(
                                format: format.value, keys: [key], timeout: self.settings.timeout)
                        else { continue }
                        if case .invalid = links.verify(path: path, query: query, binding: self.binding) { continue }
                        let names = [keyName, pathName, queryName, format.name].compactMap { $0 }
                        guard !names.isEmpty else { continue }
                        return names.joined(separator: ", and ")
                    }
                }
            }
        }
        return nil
    }

    /// The name of the key in a link; empty if it contains none.
    private static func keyName(in query: String) -> String {
        query.split(separator: "&").first { $0.hasPrefix("key=") }.map { String($0.dropFirst(4)) } ?? ""
    }

    /// The forms of a key with which programs sign by mistake: of its secret, and of its name, which they may leave out or invent.
    private static func forms(of key: LinkKey, _ named: String) -> [Form<LinkKey>] {
        let right = key.id.isEmpty ? "no &key=, because the key has no name" : "&key=\(key.id)"
        let wrong = named.isEmpty ? "a key without a name" : "a key with the name \(named.debugDescription)"
        let other = named == key.id ? [] : [(named, "\(wrong): the link must contain \(right)")]
        let ids: [Form<String>] = [(key.id, nil)] + other
        return Self.secrets(of: key).flatMap { secret, secretName in
            ids.map { id, idName in
                let names = [secretName, idName].compactMap { $0 }
                return (LinkKey(id: id, secret: secret), names.isEmpty ? nil : names.joined(separator: ", and "))
            }
        }
    }

    /// The forms in which programs read the secret of a key by mistake.
    private static func secrets(of key: LinkKey) -> [Form<[UInt8]>] {
        let forms = Self.secrets.compactMap { change, name in change(key.secret).map { ($0, name) } }
        guard !key.id.isEmpty else { return forms }
        let name = "the whole line of the key: the secret begins after the colon of \("\(key.id):".debugDescription)"
        let line = Array("\(key.id):".utf8) + key.secret
        return forms + [(line, name), (line + [0x0A], name)]
    }

    private var formats: [Form<LinkFormat>] {
        let own = self.settings.formats.all
        let others = LinkFormat.allNames.compactMap { LinkFormat($0) }.filter { !own.contains($0) }
        return own.map { ($0, nil) } + others.map { ($0, "SENDFILE_LINK_FORMAT=\($0)") }
    }

    private static func queries(_ query: String) -> [Form<String>] {
        [(query, nil)] + (GivenSignature.reencoded(query).map { [($0.query, $0.name)] } ?? []) + Self.unfinished(query)
            + (query.contains("&amp;")
                ? [
                    (
                        query.replacing("&amp;", with: "&"),
                        "a query with & in place of &amp;: the link was escaped twice"
                    )
                ] : [])
    }

    /// The query without what a program that finds addresses in a text, or a mail program, took for its end.
    private static func unfinished(_ query: String) -> [Form<String>] {
        // An equals sign is the padding of a signature.
        let rest = query.reversed().drop { !$0.isLetter && !$0.isNumber && !"-_=".contains($0) }
        let plain = String(rest.reversed())
        guard plain != query else { return [] }
        let tail = query.dropFirst(plain.count)
        return [
            (
                plain,
                "the link without \(String(tail).debugDescription) at its end, which is not a part of it: write the link on a line of its own, or between < and >"
            )
        ]
    }

    private func paths(_ path: [UInt8], _ below: [UInt8]?) -> [Form<[UInt8]>] {
        let slash = UInt8(ascii: "/")
        let raw = Array(self.url.path.utf8)
        var paths: [Form<[UInt8]>] = []
        if let below { paths.append((below, nil)) }
        paths.append((path, "a path with the prefix: sign the path below SENDFILE_LINK_PREFIX"))
        let prefix = Array(PercentEncoding.encodePath(self.settings.prefix.utf8))
        let rawBelow = raw.starts(with: prefix) ? Array(raw.dropFirst(prefix.count)) : raw
        paths.append((rawBelow, "a percent-encoded path: sign the decoded path"))
        paths.append((raw, "a percent-encoded path with the prefix: sign the decoded path below SENDFILE_LINK_PREFIX"))
        let spaces = (below ?? path).map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        paths.append(
            (
                spaces,
                "a path with spaces where the link has +: encode a space as %20 (rawurlencode in PHP, quote in Python)"
            ))
        paths.append(
            (PercentEncoding.decode(below ?? path), "a path that is decoded twice: encode it once in the link"))
        if let name = (below ?? path).split(separator: slash).last {
            paths.append(([slash] + name, "the file's name alone: sign the whole path below SENDFILE_LINK_PREFIX"))
        }
        let parts = path.split(separator: slash)
        for count in parts.indices.dropFirst() {
            let rest = parts[count...].flatMap { [slash] + $0 }
            paths.append(
                (
                    rest,
                    "the path \(String(decoding: rest, as: UTF8.self).debugDescription): SENDFILE_LINK_PREFIX differs for it"
                ))
        }
        if let root = self.settings.root {
            paths.append(
                (Array(root.utf8) + (below ?? path), "the file's path on the disk: sign the path below SENDFILE_ROOT"))
        }
        return paths
    }

    /// The forms in which programs read a secret by mistake.
    private static let secrets: [Form<@Sendable ([UInt8]) -> [UInt8]?>] = [
        ({ $0 }, nil),
        ({ $0 + [0x0A] }, "a secret with the line's end: the program that signs must remove it"),
        ({ $0 + [0x0D, 0x0A] }, "a secret with the line's end (CR LF): the program that signs must remove it"),
        ({ $0 + [0x0D] }, "a secret with a CR at the end: the program that signs must remove it"),
        ({ $0 + [0x20] }, "a secret with a space at the end"),
        ({ Array($0[...].trimmed) }, "a secret without the spaces at its ends, which are part of the gate's"),
        ({ Array($0[...].unquoted) }, "a secret without the quotes, which are part of the gate's"),
        ({ [0x22] + $0 + [0x22] }, "a secret in quotes, which are not part of the gate's"),
        ({ [0x27] + $0 + [0x27] }, "a secret in quotes, which are not part of the gate's"),
        ({ [0xEF, 0xBB, 0xBF] + $0 }, "a secret with a byte order mark, which is not part of the gate's"),
        (
            { $0.starts(with: [0xEF, 0xBB, 0xBF]) ? Array($0.dropFirst(3)) : nil },
            "a secret without the byte order mark, which is part of the gate's"
        ),
        ({ Array("SENDFILE_LINK_SECRET=".utf8) + $0 }, "a secret with the setting's name before it"),
        (
            { $0.starts(with: "SENDFILE_LINK_SECRET=".utf8) ? Array($0.dropFirst(21)) : nil },
            "a secret without the setting's name, which is part of the gate's"
        ),
        (
            { Base64.standard.decode($0) },
            "the bytes that the secret stands for in base64: the secret is the text itself"
        ),
        ({ Array(Base64.standard.encode($0).utf8) }, "the base64 of the secret: the secret is the text itself"),
        (
            { Hexadecimal.decode($0) },
            "the bytes that the secret stands for in hexadecimal: the secret is the text itself"
        ),
        ({ Array(Hexadecimal.encode($0).utf8) }, "the hexadecimal of the secret: the secret is the text itself"),
        (
            { $0.last == UInt8(ascii: "=") ? Array($0.reversed().drop { $0 == UInt8(ascii: "=") }.reversed()) : nil },
            "a secret without the = at its end"
        ),
    ]
}
