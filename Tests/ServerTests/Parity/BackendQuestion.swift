/// Sends the program a web server's request, and checks whether the response asks for a file.
struct BackendQuestion {
    private let parameters: [String: String]
    private let fields: Set<String> = ["x-sendfile", "x-accel-redirect", "location"]

    init(_ server: WebServer) throws {
        switch server {
        case .lighttpd: self.parameters = ["SENDFILE_BACKEND": "lighttpd"]
        case .nginx: self.parameters = ["SENDFILE_BACKEND": "nginx"]
        case .apacheFcgid, .apacheProxyFcgi: self.parameters = ["SENDFILE_BACKEND": "apache"]
        case .caddy: self.parameters = ["SENDFILE_BACKEND": "caddy"]
        case .apacheLocalRedirect:
            self.parameters = [
                "SENDFILE_BACKEND": "local-redirect", "SERVER_SOFTWARE": "Apache/2.4",
                "SCRIPT_FILENAME": try Workspace.shared.program,
            ]
        }
    }

    /// - Returns: The status, and the name of the field that asks for the file; `nil` if the program sends it itself.
    func ask(
        _ program: RunningProgram, _ target: String, method: String = "GET", range: String? = nil
    ) throws -> (status: Int, asked: String?) {
        var parameters = self.parameters
        parameters["HTTP_RANGE"] = range
        let answer = try program.client().exchange(method, target, parameters: parameters)
        let asked = answer.fields.first { self.fields.contains($0.name.lowercased()) }
        return (answer.status ?? 200, asked?.name)
    }
}
