import SystemPackage

/// The end of each download, as the web servers know it, from the file that `sendfile-gate downloads --csv --follow` writes.
///
/// The site knows only its decision to send a file, because the web server sends the bytes. The logs of both together tell how much of
/// a file was sent, and whether it was complete.
struct Arrivals: Sendable {
    /// The state of a download.
    enum State: Sendable, Equatable {
        case complete
        case incomplete(received: Int64, size: Int64?)
        /// The download still runs, or no log has its end.
        case unknown
    }

    private struct Row: Sendable {
        let first: Substring
        let last: Substring
        let user: String
        let client: String
        let file: String
        let state: State
    }

    /// The newest first.
    private let rows: [Row]

    /// Reads the end of the file.
    init(_ file: LineFile) throws {
        let lines = try file.tail()
        // A file name may contain a line end: then its row is not read.
        self.rows = lines.reversed().compactMap { Self.row(of: DelimitedText($0, isComplete: true).rows.first ?? []) }
    }

    /// Reads `first,last,user,client,file,size,received,complete,requests,grant,key`.
    private static func row(of cells: [String]) -> Row? {
        guard cells.count == 11, let received = Int64(cells[6]) else { return nil }
        let state: State
        switch cells[7] {
        case "yes": state = .complete
        case "no": state = .incomplete(received: received, size: Int64(cells[5]))
        default: state = .unknown
        }
        return Row(
            first: cells[0][...], last: cells[1][...], user: cells[2], client: cells[3], file: cells[4], state: state)
    }

    /// Returns the state of a download.
    func state(of activity: Activity) -> State {
        // Times with the same form are in the order of their texts.
        let (earliest, latest) = (
            Format.date(activity.time + 1).timestamp, Format.date(activity.time - 1).timestamp
        )
        let row = self.rows.first { row in
            row.file == activity.file.path.string && row.first <= earliest && row.last >= latest
                && (activity.action.isByLink
                    ? row.user.isEmpty && row.client == activity.address : row.user == activity.user)
        }
        return row?.state ?? .unknown
    }
}
