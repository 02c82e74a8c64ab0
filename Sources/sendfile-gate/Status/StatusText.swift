import FastCGI
import Sendfile
import SendfileJSON

/// The numbers of a gate as text for people, from the JSON of its answer.
struct StatusText {
    private let numbers: JSONText

    init(_ numbers: JSONText) {
        self.numbers = numbers
    }

    /// A heading, and rows with names of one width.
    var text: String {
        let uptime = ServerStatistics.time(.seconds(self.count("uptime_seconds") ?? 0))
        let state = self.numbers["stopping"]?.flag == true ? "stops, after" : "running for"
        var text = "\(self.numbers["program"]?.text?.printable ?? "A program"), \(state) \(uptime)\n"
        for (title, rows) in self.sections where !rows.isEmpty {
            text += "\n\(title)\n"
            let width = rows.map(\.name.count).max() ?? 0
            for row in rows {
                let space = String(repeating: " ", count: width - row.name.count)
                text += "  \(row.name.printable)\(space)  \(row.value.printable)\n"
            }
        }
        return text
    }

    private typealias Row = (name: String, value: String)

    private var sections: [(title: String, rows: [Row])] {
        [
            ("Downloads", self.downloads), ("Requests by status", self.counts("requests", "by_status")),
            ("Refusals by reason", self.counts("refusals")), ("Limits that were hit", self.counts("limits_hit")),
            ("State", self.state),
        ]
    }

    private var downloads: [Row] {
        var minutes: [Int64] = []
        if case .list(let list)? = self.numbers["downloads"]?["by_minute"] { minutes = list.map { $0.count ?? 0 } }
        return [
            ("this minute", "\(minutes.last ?? 0)"), ("the minute before", "\(minutes.dropLast().last ?? 0)"),
            ("the last 60 minutes", "\(minutes.reduce(0, +))"), ("since the start", self.text("downloads", "count")),
            ("bytes of files", ServerStatistics.bytes(self.count("downloads", "bytes") ?? 0)),
            ("bytes sent by the gate", ServerStatistics.bytes(self.count("requests", "body_bytes") ?? 0)),
            ("incomplete responses", self.text("requests", "incomplete")),
        ]
    }

    private var state: [Row] {
        let (open, limit) = (self.text("connections", "open"), self.text("connections", "limit"))
        var rows: [Row] = [
            ("requests being answered", self.text("requests", "active")),
            ("open connections", "\(open) of at most \(limit)"),
            ("workers", "\(self.text("workers")), of which \(self.text("workers_blocked")) are blocked"),
            ("lost lines of the logs", "\((self.count("access_log_lost") ?? 0) + (self.count("log_lost") ?? 0))"),
        ]
        guard case .object(let details)? = self.numbers["details"] else { return rows }
        for (name, value) in details.sorted(by: { $0.key < $1.key }) {
            rows.append((name.replacing("_", with: " "), value.text ?? value.count.map { "\($0)" } ?? ""))
        }
        return rows
    }

    /// The members of an object that are not zero, in the order of their names.
    private func counts(_ path: String...) -> [Row] {
        guard case .object(let members)? = self.value(path) else { return [] }
        return members.sorted { $0.key < $1.key }.compactMap { name, value in
            value.count.flatMap { $0 > 0 ? (name, "\($0)") : nil }
        }
    }

    private func value(_ path: [String]) -> JSONText? { path.reduce(Optional(self.numbers)) { $0?[$1] } }

    private func count(_ path: String...) -> Int64? { self.value(path)?.count }

    private func text(_ path: String...) -> String { self.value(path)?.count.map { "\($0)" } ?? "-" }
}
