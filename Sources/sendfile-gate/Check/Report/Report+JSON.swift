extension Report {
    /// The report as one JSON object, with the findings in order.
    var json: String {
        let findings = self.findings.map { finding in
            let remedy = finding.remedy.map(Self.quoted).joined(separator: ", ")
            return """
                    {
                      "check": \(Self.quoted(finding.check.rawValue)),
                      "status": \(Self.quoted(finding.status.rawValue)),
                      "title": \(Self.quoted(finding.title)),
                      "diagnosis": \((finding.diagnosis?.rawValue ?? finding.storeDiagnosis?.rawValue).map(Self.quoted) ?? "null"),
                      "cause": \(finding.cause.map(Self.quoted) ?? "null"),
                      "remedy": [\(remedy)]
                    }
                """
        }
        return """
            {
              "url": \(Self.quoted(self.url)),
              "file": \(Self.quoted(self.file)),
              "server": \(Self.quoted(self.server.rawValue)),
              "way": [\(self.way.map(Self.quoted).joined(separator: ", "))],
              "failed": \(self.count(.fail)),
              "changes": [\((self.changes?.lines ?? []).map(Self.quoted).joined(separator: ", "))],
              "notes": [\(self.notes.map(Self.quoted).joined(separator: ", "))],
              "findings": [
            \(findings.joined(separator: ",\n"))
              ]
            }

            """
    }

    /// Quotes a JSON string (RFC 8259 §7).
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..."\u{1F}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
