/// A program behind a web server, with the files that it serves.
struct SiteProgram {
    /// The program's path, accessible to every web server's user.
    let path: String
    /// The directory of the files, `SENDFILE_ROOT`.
    let root: String
    /// A path that the program answers with 200 when it is ready.
    let readyTarget: String
    /// The program's environment, if the web server does not start it.
    var environment: [String: String] = [:]

    /// The application under test with the corpus.
    static var testApplication: SiteProgram {
        get throws {
            SiteProgram(
                path: try Workspace.shared.program, root: try Workspace.shared.root, readyTarget: "/ready")
        }
    }
}
