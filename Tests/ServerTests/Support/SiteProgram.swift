/// A program behind a web server, and the files that it serves.
struct SiteProgram {
    /// Where it is, and where every web server's user can start it.
    let path: String
    /// The directory of the files, `SENDFILE_ROOT`.
    let root: String
    /// What it answers with 200 as soon as it runs.
    let readyTarget: String
    /// What it finds in its environment when it is not the web server that starts it.
    var environment: [String: String] = [:]

    /// The application under test with the corpus.
    static var testApplication: SiteProgram {
        get throws {
            SiteProgram(
                path: try Workspace.shared.program, root: try Workspace.shared.root, readyTarget: "/ready")
        }
    }
}
