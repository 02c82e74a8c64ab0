import Glibc

/// A language of the articles' blocks other than Swift, with the program that parses it.
enum ConfigurationLanguage: String, CaseIterable, Sendable {
    case nginx
    case lighttpd
    case apache
    case caddy
    case haproxy
    /// Units of systemd.
    case ini
    case sh
    case bash
    case python
    case php
    case javascript
    case ruby
    case go

    /// A warning that a server prints although it continues, which counts as a fault.
    private var complaint: String? {
        switch self {
        case .lighttpd: "WARNING"
        case .nginx: "[warn]"
        default: nil
        }
    }

    private var fileName: String {
        switch self {
        case .caddy: "Caddyfile"
        case .javascript: "example.js"
        default: "example.conf"
        }
    }

    private func command(_ file: String, in directory: String) -> [String] {
        switch self {
        case .nginx: ["nginx", "-t", "-p", directory, "-c", file]
        case .lighttpd: ["lighttpd", "-tt", "-f", file]
        case .apache: ["apache2", "-t", "-f", file]
        case .caddy:
            [
                "env", "HOME=\(directory)", "XDG_CONFIG_HOME=\(directory)", "caddy", "validate", "--config", file,
                "--adapter", "caddyfile",
            ]
        case .haproxy: ["haproxy", "-c", "-f", file]
        case .ini: []
        case .sh, .bash: ["bash", "-n", file]
        case .python: ["python3", "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", file]
        case .php: ["php", "-l", file]
        case .javascript: ["node", "--check", file]
        case .ruby: ["ruby", "-c", file]
        // Also finds a file that is not formatted, and prints its differences.
        case .go: ["sh", "-c", "test -z \"$(gofmt -d \"$0\" 2>&1 | tee /dev/stderr)\"", file]
        }
    }

    /// The complete files that a block may be a part of, the most likely first.
    private func files(_ text: String, in directory: String) throws -> [String] {
        let port = try Address.freePort()
        switch self {
        case .nginx: return Self.nginxFiles(text, directory, port)
        case .lighttpd: return Self.lighttpdFiles(text, directory, port)
        case .apache: return Self.apacheFiles(text, directory, port)
        case .caddy:
            // Caddy would parse any other text as the address of a site.
            if text.contains(/^(#.*\n)*(\{|https?:\/\/|:\d|[\w*-]+\.[\w.-]+)/) { return [text] }
            return [
                "http://:\(port) {\n\(text)\n}\n",
                "http://:\(port) {\nreverse_proxy unix//\(directory)/x {\n\(text)\n}\n}\n",
            ]
        case .haproxy:
            let head = "global\n    maxconn 100\ndefaults\n    mode http\n    timeout connect 5s\n"
            return ["\(head)    timeout client 60s\n    timeout server 60s\n\(text)\n"]
        case .php: return [text.contains("<?php") ? text : "<?php\n\(text)"]
        case .ini, .sh, .bash, .python, .javascript, .ruby, .go: return [text]
        }
    }

    /// Parses a block with the program.
    ///
    /// - Returns: The messages for each possible file; `nil` if the program accepted one of them.
    func faults(in text: String) throws -> String? {
        let workspace = try Workspace.shared
        var said = ""
        for file in try self.files(Self.adapted(text, in: workspace), in: try workspace.makeDirectory("block")) {
            let directory = try workspace.makeDirectory("block")
            for name in ["fastcgi_params", "mime.types"] where self == .nginx {
                try Files.write(try Files.read("/etc/nginx/\(name)"), to: "\(directory)/\(name)".utf8)
            }
            if self == .ini {
                return try SystemdUnits(file).faults(in: directory)
            }
            let path = "\(directory)/\(self.fileName)"
            try Files.write(file, to: path)
            let environment = ChildProcess.plainEnvironment.merging(["PWD": directory]) { $1 }
            let process = try ChildProcess(
                self.command(path, in: directory), environment: environment, log: "\(directory)/said")
            let end = try process.waitForEnd(seconds: 60)
            let log = try Files.text(process.log)
            if end == .exited(0), !(self.complaint.map(log.contains) ?? false) { return nil }
            said += "--- \(end) for\n\(file)\n\(log)\n"
        }
        return said
    }

    /// Replaces paths that exist only on a reader's machine.
    private static func adapted(_ text: String, in workspace: Workspace) throws -> String {
        var text = text
        let values = [
            "PORT": String(try Address.freePort()), "PROGRAM": workspace.program, "ROOT": workspace.root,
            "RUN": workspace.path, "SOCKET": "\(workspace.path)/example.sock", "SECRET": "/etc/hostname",
        ]
        for (placeholder, value) in values { text = text.replacing("@\(placeholder)@", with: value) }
        text = text.replacing(/\/usr\/local\/bin\/[\w-]+|\/path\/to\/program/, with: workspace.program)
        return text.replacing(/\/srv\/\w+/, with: workspace.root)
    }

    private static func nginxFiles(_ text: String, _ directory: String, _ port: UInt16) -> [String] {
        // A port may be in use or privileged.
        let text = text.replacing(/\blisten\s+(?:[\w.:\[\]]*:)?\d+/, with: "listen 127.0.0.1:\(port)")
        func main(_ http: String) -> String {
            """
            pid \(directory)/nginx.pid;
            error_log \(directory)/error.log;
            events {}
            http {
            access_log off;
            \(http)
            }
            """
        }
        return [
            main("server {\nlisten 127.0.0.1:\(port);\n\(text)\n}"), main(text), text,
            main("server {\nlisten 127.0.0.1:\(port);\nlocation / {\n\(text)\n}\n}"),
        ]
    }

    private static func lighttpdFiles(_ text: String, _ directory: String, _ port: UInt16) -> [String] {
        if text.contains("server.document-root") { return [text] }
        return [
            """
            server.document-root = "\(directory)"
            server.bind = "127.0.0.1"
            server.port = \(port)
            server.modules = ( "mod_access", "mod_auth", "mod_authn_file", "mod_rewrite", "mod_setenv" )
            \(text.contains("server.modules") ? "" : "server.modules += ( \"mod_fastcgi\" )")
            \(text)
            """
        ]
    }

    private static let apacheModules = [
        "mpm_event", "authz_core", "authz_host", "authz_user", "authn_core", "authn_file", "auth_basic", "alias", "env",
        "setenvif", "headers", "rewrite", "mime", "remoteip", "xsendfile", "fcgid", "proxy", "proxy_fcgi",
        "authnz_fcgi",
    ]

    private static func apacheFiles(_ text: String, _ directory: String, _ port: UInt16) -> [String] {
        let modules = Self.apacheModules.filter { !text.contains("LoadModule \($0)_module") }
        let head = """
            ServerRoot "\(directory)"
            ServerName localhost
            DefaultRuntimeDir "\(directory)"
            ErrorLog "\(directory)/error.log"
            \(text.contains(/(?m)^Listen\b/) ? "" : "Listen 127.0.0.1:\(port)")
            \(modules.map { "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so" }.joined(separator: "\n"))
            TypesConfig /dev/null
            User www-data
            Group www-data

            """
        return [
            "\(head)\(text)", "\(head)<VirtualHost *:\(port)>\n\(text)\n</VirtualHost>",
            "\(head)<Directory \"\(directory)\">\n\(text)\n</Directory>",
        ]
    }
}
