import FastCGI
import Sendfile
import SignedLinks
import SystemPackage

/// The lines about grants and their uses.
enum GrantOutput {
    static let heading = Self.row("STATE", "USES", "EXPIRES", "REVOKED", "GRANT")

    static let useHeading = Self.row("BEGAN", "CLIENT", "FILE")

    static func line(_ record: GrantRecord, json: Bool) -> String {
        let state = Self.state(record, at: .now)
        guard json else {
            return Self.row(
                state, "\(record.uses)\(record.limit.map { "/\($0)" } ?? "")", Self.time(record.expires) ?? "-",
                Self.time(record.revoked) ?? "-", record.id.printable)
        }
        var json = JSONLine()
        json.add("id", record.id)
        json.add("state", state)
        json.add("uses", record.uses)
        json.add("limit", record.limit.map { Int($0) })
        json.add("expires", Self.time(record.expires))
        json.add("revoked", Self.time(record.revoked))
        return String(decoding: json.line, as: UTF8.self)
    }

    static func line(_ use: GrantRecord.Use, of record: GrantRecord, json: Bool) -> String {
        guard json else {
            return Self.row(Self.time(use.begin) ?? "-", use.client.printable, use.file.printable)
        }
        var json = JSONLine()
        json.add("id", record.id)
        json.add("began", Self.time(use.begin))
        json.add("client", use.client)
        json.add("file", use.file)
        return String(decoding: json.line, as: UTF8.self)
    }

    static func print(_ lines: [String]) throws(GateError) {
        do { try FileDescriptor.standardOutput.writeAll(lines.joined().utf8) } catch {
            throw GateError(.output, "the grants cannot be written to standard output: \(error)")
        }
    }

    private static func state(_ record: GrantRecord, at now: LinkTime) -> String {
        if record.revoked != nil { return "revoked" }
        if let expires = record.expires, expires < now { return "expired" }
        if let limit = record.limit, record.uses >= Int(limit) { return "used up" }
        return "active"
    }

    private static func time(_ time: LinkTime?) -> String? { time.map { LogTime.text(Double($0.secondsSince1970)) } }

    private static func row(_ state: String, _ uses: String, _ expires: String, _ revoked: String, _ id: String)
        -> String
    {
        "\(Self.left(state, 8))  \(Self.left(uses, 11))  \(Self.left(expires, 20))  \(Self.left(revoked, 20))  \(id)\n"
    }

    private static func row(_ begin: String, _ client: String, _ file: String) -> String {
        "\(Self.left(begin, 20))  \(Self.left(client, 32))  \(file)\n"
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
