import FastCGI

/// The page with the latest actions on the files of the user's teams.
enum ActivityPage {
    ///
    /// - Parameter arrivals: What has arrived; `nil` if the site does not know.
    static func page(_ activities: [Activity], _ arrivals: Arrivals?, visitor: Visitor) -> Page {
        Page(
            title: "Activity", visitor: visitor, width: .wide,
            content: """
                <h1>Activity</h1>
                <p class="lead">Downloads, opened files, uploads and shared links of your teams, newest first. \
                A file that a client fetches in parts has one line per hour.</p>
                \(activities.isEmpty ? "<p class=\"sheet none\">Nothing yet.</p>" : Self.table(activities, arrivals))
                """)
    }

    private static func table(_ activities: [Activity], _ arrivals: Arrivals?) -> HTML {
        """
        <div class="sheet">
        <table class="log">
        <caption class="unseen">Activity, newest first</caption>
        <thead><tr><th scope="col">User</th><th scope="col">Action</th><th scope="col">File</th><th scope="col">Folder</th><th scope="col">Address</th>\
        \(arrivals == nil ? nil : "<th scope=\"col\">Arrived</th>" as HTML)<th scope="col">Time</th></tr></thead>
        <tbody>
        \(activities.map { Self.row($0, arrivals) })</tbody>
        </table>
        </div>
        """
    }

    private static func row(_ activity: Activity, _ arrivals: Arrivals?) -> HTML {
        let sentence = activity.action.sentence(user: activity.user)
        return """
            <tr><th scope="row">\(sentence.who)</th><td>\(sentence.what)</td>\
            <td><a href="\(activity.file.link("view"))">\(FileName.html(activity.file))</a></td>\
            <td class="hint">\(activity.file.team)</td>\
            <td class="hint">\(activity.address)</td>\
            \(arrivals.map { Self.arrival(of: activity, $0) })<td class="hint">\(Format.moment(activity.time))</td></tr>

            """
    }

    private static func arrival(of activity: Activity, _ arrivals: Arrivals) -> HTML {
        guard activity.action.sendsFile else { return "<td class=\"hint\"></td>" }
        switch arrivals.state(of: activity) {
        case .complete: return "<td class=\"hint\">complete</td>"
        case .unknown: return "<td class=\"hint\">not known</td>"
        case .incomplete(let received, let size):
            let whole = size.map { " of \(Format.size($0))" } ?? ""
            return "<td class=\"hint\">\(Format.size(received))\(whole)</td>"
        }
    }
}
