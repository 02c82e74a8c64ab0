import Sendfile

extension ServerStatistics {
    /// The numbers as a page for people: without a script, for light and dark screens. It loads itself again every 30 seconds.
    public var page: HTML {
        let title = self.program ?? "Downloads"
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <meta http-equiv="refresh" content="30">
            <title>\(title): numbers</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <h1>\(title)</h1>
            <p>\(self.isStopping ? "Stops: finishes the running requests" : "Running") for \(Self.time(self.uptime)).</p>
            <h2>Downloads per minute</h2>
            \(self.chart)
            \(Self.table("Downloads", [
                ("Downloads since the start", "\(self.downloads)"),
                ("Downloads in the last 60 minutes", "\(self.downloadsByMinute.reduce(0, +))"),
                ("Bytes of files in these responses", Self.bytes(self.downloadBytes)),
                ("Bytes sent by the program itself", Self.bytes(self.bodyBytes)),
                ("Responses that were not sent to their end", "\(self.incompleteResponses)"),
            ]))
            \(Self.table(
                "Requests by status", self.requestsByStatus.sorted { $0.key < $1.key }.map { ("\($0.key)", "\($0.value)") },
                none: "No request was answered yet."))
            \(Self.table(
                "Refusals by reason", self.refusals.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") },
                none: "No request was refused for a reason that is counted."))
            \(Self.table(
                "Limits that were hit",
                Limit.allCases.compactMap { limit in
                    let count = self.limitsHit[limit] ?? 0
                    return count > 0 ? (limit.name, "\(count)") : nil
                }, none: "No limit was hit."))
            \(Self.table("State", [
                ("Requests that are being answered", "\(self.activeRequests)"),
                ("Open connections", "\(self.openConnections) of at most \(self.connectionLimit)"),
                ("Workers", "\(self.workers), of which \(self.blockedWorkers) are blocked"),
                ("Lost lines of the access log", "\(self.lostAccessRecords)"),
                ("Lost lines of the log", "\(self.lostLogLines)"),
            ] + self.details.map { ($0.title, $0.count.map(String.init) ?? $0.text ?? "") }))
            </body>
            </html>

            """
    }

    /// A bar for each minute, the current one last.
    private var chart: HTML {
        let highest = max(1, self.downloadsByMinute.max() ?? 0)
        let bars = self.downloadsByMinute.reversed().enumerated().map { age, count -> HTML in
            let time = age == 0 ? "this minute" : "\(age) min ago"
            let height = count * 100 / highest
            return "<li title=\"\(time): \(count)\"><span style=\"height: \(height)%\"></span></li>"
        }
        return """
            <p>Highest: \(self.downloadsByMinute.max() ?? 0). Current minute: \(self.downloadsByMinute.last ?? 0).</p>
            <ol class="chart" aria-hidden="true">\(Array(bars.reversed()))</ol>
            """
    }

    private static func table(_ title: String, _ rows: [(name: String, value: String)], none: String = "") -> HTML {
        guard !rows.isEmpty else { return "<h2>\(title)</h2>\n<p>\(none)</p>" }
        let lines = rows.map { row -> HTML in "<tr><th scope=\"row\">\(row.name)</th><td>\(row.value)</td></tr>\n" }
        return "<h2>\(title)</h2>\n<table>\n\(lines)</table>"
    }

    /// A number of bytes with a unit of powers of 1000.
    package static func bytes(_ count: Int64) -> String {
        guard count >= 1000 else { return "\(count) B" }
        var (tenths, unit) = (count / 100, 0)
        let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
        while tenths >= 10_000, unit < units.count - 1 { (tenths, unit) = (tenths / 1000, unit + 1) }
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    /// A duration in its two largest units.
    package static func time(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s"),
        ]
        let shown = parts.drop { $0.0 == 0 }.prefix(2)
        return shown.isEmpty ? "0 s" : shown.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }

    private static let style: HTML = """
        :root { color-scheme: light dark; --line: #d0d0d8; --bar: #3b6ea8; font: 16px/1.5 system-ui, sans-serif }
        @media (prefers-color-scheme: dark) { :root { --line: #44444c; --bar: #7fb0e8 } }
        body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
        h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .25rem } p { margin: .25rem 0 }
        table { border-collapse: collapse; width: 100% }
        th { text-align: left; font-weight: normal } td { text-align: right; font-variant-numeric: tabular-nums }
        th, td { border-top: 1px solid var(--line); padding: .25rem 0 }
        .chart { display: flex; align-items: flex-end; justify-content: flex-end; gap: 1px; height: 6rem; margin: .5rem 0; padding: 0;
          list-style: none; border-bottom: 1px solid var(--line) }
        .chart li { flex: 0 1 calc(100% / 60); height: 100%; display: flex; align-items: flex-end }
        .chart span { flex: 1; background: var(--bar) }
        """
}

extension ServerStatistics.Detail {
    /// The name for people.
    package var title: String {
        "\(self.name.prefix(1).uppercased())\(self.name.dropFirst().replacing("_", with: " "))"
    }
}
