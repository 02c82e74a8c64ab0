extension ServerStatistics {
    /// The numbers as JSON (RFC 8259). Times are in seconds.
    public var json: String {
        let statuses = self.requestsByStatus.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
        let refusals = self.refusals.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\($0.value)" }
        let details = self.details.map { detail in
            "\(Self.quoted(detail.name)):\(detail.count.map(String.init) ?? Self.quoted(detail.text ?? ""))"
        }
        let limits = Limit.allCases.map { "\"\($0.name)\":\(self.limitsHit[$0] ?? 0)" }
        var durations = self.durations.map { "\"\($0.upTo.decimalSeconds)\":\($0.count)" }
        durations.append("\"+Inf\":\(self.durationTotal)")
        return """
            {"uptime_seconds":\(self.uptime.decimalSeconds),"workers":\(self.workers),"stopping":\(self.isStopping),\
            "workers_blocked":\(self.blockedWorkers),"workers_replaced":\(self.replacedWorkers),\
            "connections":{"accepted":\(self.connectionsAccepted),"open":\(self.openConnections),\
            "idle":\(self.idleConnections),"limit":\(self.connectionLimit)},\
            "requests":{"active":\(self.activeRequests),"handled":\(self.handledRequests),\
            "by_status":{\(statuses.joined(separator: ","))},"incomplete":\(self.incompleteResponses),\
            "body_bytes":\(self.bodyBytes),"duration_seconds":{"sum":\(self.totalDuration.decimalSeconds),\
            "up_to":{\(durations.joined(separator: ","))}}},\
            "limits_hit":{\(limits.joined(separator: ","))},"access_log_lost":\(self.lostAccessRecords),\
            "log_lost":\(self.lostLogLines),\
            "downloads":{"count":\(self.downloads),"bytes":\(self.downloadBytes),\
            "by_minute":[\(self.downloadsByMinute.map(String.init).joined(separator: ","))]},\
            "refusals":{\(refusals.joined(separator: ","))},"program":\(self.program.map(Self.quoted) ?? "null"),\
            "details":{\(details.joined(separator: ","))}}

            """
    }

    /// A text of the program as JSON.
    private static func quoted(_ text: String) -> String {
        var json = JSONLine()
        json.append(text)
        return String(decoding: json.line.dropFirst().dropLast(2), as: UTF8.self)
    }

    /// The numbers in Prometheus' text format, version 0.0.4. The names are those of the server's metrics.
    public var prometheusText: String {
        var text = ""
        func family(_ name: MetricName, _ samples: [(labels: String, value: String)]) {
            text += "# HELP \(name.rawValue) \(name.help)\n# TYPE \(name.rawValue) \(name.kind)\n"
            for sample in samples { text += "\(name.rawValue)\(sample.labels) \(sample.value)\n" }
        }
        func single(_ name: MetricName, _ value: some CustomStringConvertible) {
            family(name, [("", "\(value)")])
        }
        single(.uptime, self.uptime.decimalSeconds)
        single(.workers, self.workers)
        single(.workersBlocked, self.blockedWorkers)
        single(.workersReplaced, self.replacedWorkers)
        single(.stopping, self.isStopping ? 1 : 0)
        single(.connectionsAccepted, self.connectionsAccepted)
        single(.connectionsOpen, self.openConnections)
        single(.connectionsIdle, self.idleConnections)
        single(.connectionsLimit, self.connectionLimit)
        single(.requestsActive, self.activeRequests)
        family(
            .requests,
            self.requestsByStatus.sorted { $0.key < $1.key }.map { ("{status=\"\($0.key)\"}", "\($0.value)") })
        single(.responsesIncomplete, self.incompleteResponses)
        single(.bodyBytes, self.bodyBytes)
        single(.downloads, self.downloads)
        single(.downloadBytes, self.downloadBytes)
        if !self.refusals.isEmpty {
            family(
                .refusals,
                self.refusals.sorted { $0.key < $1.key }.map { ("{reason=\(Self.quoted($0.key))}", "\($0.value)") })
        }
        if !self.details.isEmpty {
            family(
                .details,
                self.details.map { detail in
                    let value = detail.text.map { ",value=\(Self.quoted($0))" } ?? ""
                    return ("{name=\(Self.quoted(detail.name))\(value)}", "\(detail.count ?? 1)")
                })
        }
        var samples = self.durations.map { ("_bucket{le=\"\($0.upTo.decimalSeconds)\"}", "\($0.count)") }
        samples.append(("_bucket{le=\"+Inf\"}", "\(self.durationTotal)"))
        samples.append(("_sum", self.totalDuration.decimalSeconds))
        samples.append(("_count", "\(self.durationTotal)"))
        family(.duration, samples)
        family(
            .limitsHit,
            Limit.allCases.map { ("{limit=\"\($0.name)\"}", "\(self.limitsHit[$0] ?? 0)") })
        single(.accessRecordsLost, self.lostAccessRecords)
        single(.logLinesLost, self.lostLogLines)
        return text
    }
}

extension Duration {
    /// Seconds with as many decimals as there are, at most nine: `0.005`, `30`.
    var decimalSeconds: String {
        let (seconds, attoseconds) = self.components
        let nanoseconds = attoseconds / 1_000_000_000
        guard nanoseconds != 0 else { return String(seconds) }
        let digits = String(nanoseconds)
        var text = "\(seconds)." + String(repeating: "0", count: 9 - digits.count) + digits
        while text.last == "0" { text.removeLast() }
        return text
    }
}
