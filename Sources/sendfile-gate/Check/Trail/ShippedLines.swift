/// The directives for a setup by hand, of the files `conf/*/gate.conf`, that the configuration of `sendfile-gate init` does not
/// contain.
enum ShippedLines {
    /// Whether a line is as one of these files has it, with any value for its placeholders.
    static func contain(_ line: Directive, of server: FrontServer) -> Bool {
        let text = Deviations.plain(line.wholeText)
        return Self.all(of: server).contains { Self.matches(Deviations.plain(String($0)), text) }
    }

    /// Whether a text is a pattern in which `…` stands for any text.
    private static func matches(_ pattern: String, _ text: String) -> Bool {
        let parts = pattern.split(separator: "…", omittingEmptySubsequences: false)
        guard let first = parts.first, let last = parts.last, parts.count > 1 else { return pattern == text }
        var rest = text[...]
        guard rest.hasPrefix(first) else { return false }
        rest = rest.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(last)
    }

    private static func all(of server: FrontServer) -> [Substring] {
        let text =
            switch server {
            case .nginx: Self.nginx
            case .apache: Self.apache
            case .lighttpd: Self.lighttpd
            case .caddy, .unknown: ""
            }
        return text.split(separator: "\n")
    }

    private static let nginx = """
        fastcgi_pass sendfile_gate
        fastcgi_param HTTP_HOST $sendfile_gate_host
        fastcgi_param SENDFILE_ROOT …
        """

    private static let apache = """
        <VirtualHost> 127.0.0.1:…
        ServerName localhost
        SetHandler fcgid-script
        Options +ExecCGI
        FcgidWrapper …/sendfile-gate serve virtual
        FcgidInitialEnv SENDFILE_BACKEND apache
        FcgidInitialEnv SENDFILE_ROOT …
        FcgidInitialEnv SENDFILE_LINK_SECRET_FILE …
        FcgidInitialEnv SENDFILE_LINK_FORMAT hmac
        FcgidInitialEnv SENDFILE_LINK_TIMEOUT 3600
        FcgidInitialEnv SENDFILE_LINK_PREFIX …
        FcgidInitialEnv SENDFILE_DISPOSITION attachment
        FcgidInitialEnv FASTCGI_DRAIN_TIMEOUT 6
        FcgidMaxProcesses 32
        FcgidMinProcessesPerClass 1
        FcgidIdleTimeout 0
        FcgidProcessLifeTime 0
        FcgidMaxRequestsPerProcess 0
        FcgidErrorScanInterval 1
        FcgidZombieScanInterval 1
        FcgidBusyTimeout 86400
        FcgidMaxRequestLen 65536
        FcgidOutputBufferSize 0
        """

    private static let lighttpd = """
        server.modules += ( "mod_access", "mod_fastcgi" )
        fastcgi.server = ( …=> (( "bin-path" => "…/sendfile-gate serve", "socket" => …"max-procs" => 1, "check-local" => "disable", "fix-root-scriptname" => "enable", "x-sendfile" => "enable", "x-sendfile-docroot" => ( … ), "bin-environment" => ( "SENDFILE_BACKEND" => "lighttpd", "SENDFILE_ROOT" => …, "SENDFILE_LINK_SECRET_FILE" => …, "SENDFILE_LINK_FORMAT" => "hmac", "SENDFILE_LINK_TIMEOUT" => "3600", "SENDFILE_DISPOSITION" => "attachment" ) )) )
        server.http-parseopts := ( "url-ctrls-reject" => "disable", "url-invalid-utf8-reject" => "disable" )
        url.access-deny := ( )
        server.stat-cache-engine = "disable"
        """
}
