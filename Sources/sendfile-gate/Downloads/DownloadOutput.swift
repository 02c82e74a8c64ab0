import FastCGI
import Sendfile

/// The formats in which downloads are written.
enum DownloadOutput {
    case table
    case json
    case csv

    /// The line before the first download; `nil` if there is none.
    var heading: String? {
        switch self {
        case .table:
            Self.row("LAST REQUEST", "COMPLETE", "RECEIVED", "SIZE", "REQUESTS", "WHO", "GRANT", "FILE")
        case .json: nil
        case .csv: "first,last,user,client,file,size,received,complete,requests,grant,key\r\n"
        }
    }

    /// The line of a download.
    func line(_ download: JoinedDownload) -> String {
        let complete = download.isComplete
        switch self {
        case .table:
            return Self.row(
                LogTime.text(download.last), complete.map { $0 ? "yes" : "no" } ?? "unknown",
                "\(download.received.count)", download.size.map { "\($0)" } ?? "-", "\(download.requests)",
                download.key.who.isEmpty ? "-" : download.key.who.printable, download.key.grant?.printable ?? "-",
                download.key.file.printable)
        case .json:
            var json = JSONLine()
            json.add("first", LogTime.text(download.first))
            json.add("last", LogTime.text(download.last))
            json.add("user", download.user)
            json.add("client", download.client)
            json.add("grant", download.key.grant)
            json.add("key", download.signingKey)
            json.add("file", download.key.file)
            json.add("size", download.size)
            json.add("received", download.received.count)
            json.add("complete", complete)
            json.add("requests", download.requests)
            return String(decoding: json.line, as: UTF8.self)
        case .csv:
            let fields = [
                LogTime.text(download.first), LogTime.text(download.last), download.user ?? "", download.client ?? "",
                download.key.file, download.size.map { "\($0)" } ?? "", "\(download.received.count)",
                complete.map { $0 ? "yes" : "no" } ?? "unknown", "\(download.requests)", download.key.grant ?? "",
                download.signingKey ?? "",
            ]
            return fields.map(Self.quoted).joined(separator: ",") + "\r\n"
        }
    }

    /// A row whose width does not depend on other rows, because these are not known yet.
    private static func row(
        _ last: String, _ complete: String, _ received: String, _ size: String, _ requests: String, _ who: String,
        _ grant: String, _ file: String
    ) -> String {
        func left(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        func right(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        return
            "\(left(last, 20))  \(left(complete, 8))  \(right(received, 13))  \(right(size, 13))  \(right(requests, 8))  \(left(who, 20))  \(left(grant, 16))  \(file)\n"
    }

    /// A field of CSV (RFC 4180 §2).
    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}
