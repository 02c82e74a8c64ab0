import FastCGI

/// The page with the latest actions on the files of the user's teams.
enum ActivityPage {
    static func page(_ activities: [Activity], visitor: Visitor) -> Page {
        Page(
            title: "Activity", visitor: visitor, width: .wide,
            content: """
                <h1>Activity</h1>
                <p class="lead">Downloads, opened files, uploads and shared links of your teams, newest first. \
                A file that a client fetches in parts has one line per hour.</p>
                \(activities.isEmpty ? "<p class=\"sheet none\">Nothing yet.</p>" : Self.table(activities))
                """)
    }

    private static func table(_ activities: [Activity]) -> HTML {
        """
        <div class="sheet">
        <table class="log">
        <caption class="unseen">Activity, newest first</caption>
        <thead><tr><th scope="col">User</th><th scope="col">Action</th><th scope="col">File</th><th scope="col">Folder</th><th scope="col">Address</th>\
        <th scope="col">Time</th></tr></thead>
        <tbody>
        \(activities.map(Self.row))</tbody>
        </table>
        </div>
        """
    }

    private static func row(_ activity: Activity) -> HTML {
        let sentence = activity.action.sentence(user: activity.user)
        return """
            <tr><th scope="row">\(sentence.who)</th><td>\(sentence.what)</td>\
            <td><a href="\(activity.file.link("view"))">\(FileName.html(activity.file))</a></td>\
            <td class="hint">\(activity.file.team)</td>\
            <td class="hint">\(activity.address)</td><td class="hint">\(Format.moment(activity.time))</td></tr>

            """
    }
}
