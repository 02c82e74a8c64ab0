extension BrokenSetup {
    /// Faults in the configuration of lighttpd.
    static let lighttpd = [
        Self(
            server: .lighttpd, mistake: "x-sendfile not enabled",
            edits: [("\"x-sendfile\" => \"enable\"", "\"x-sendfile\" => \"disable\"")],
            fails: ["bytes/header-swallowed"], remedy: "\"x-sendfile\" => \"enable\""),
        Self(
            server: .lighttpd, mistake: "a docroot too narrow",
            edits: [("( \"@ROOT@\" )", "( \"@ROOT@/public\" )")],
            fails: ["status/forbidden-by-server"], remedy: "\"x-sendfile-docroot\" => ( \"@ROOT@\" )"),
        Self(
            server: .lighttpd, mistake: "nginx's dialect", backend: "nginx",
            fails: ["leak/wrong-dialect"], remedy: "\"SENDFILE_BACKEND\" => \"lighttpd\""),
        Self(
            server: .lighttpd, mistake: "SENDFILE_BACKEND missing",
            edits: [("            \"SENDFILE_BACKEND\" => \"lighttpd\",\n", "")],
            warns: ["sender/streamed", "large-file/streamed"], remedy: "\"SENDFILE_BACKEND\" => \"lighttpd\""),
        Self(
            server: .lighttpd, mistake: "a public alias of the same files",
            edits: [
                (
                    "( \"mod_access\", \"mod_fastcgi\" )",
                    "( \"mod_access\", \"mod_alias\", \"mod_fastcgi\" )\nalias.url = ( \"/downloads/\" => \"@ROOT@/\" )"
                ),
                ("fastcgi.server = (\n    \"/\"", "fastcgi.server = (\n    \"/private/\""),
            ],
            fails: ["public/publicly-reachable"], remedy: "alias.url = ( \"/downloads/\" => \"@ROOT@/\" )"),
        Self(
            server: .lighttpd, mistake: "the document root is the files' own",
            edits: [
                ("server.document-root = \"@RUN@\"", "server.document-root = \"@ROOT@\""),
                ("fastcgi.server = (\n    \"/\"", "fastcgi.server = (\n    \"/private/\""),
            ],
            fails: ["public/publicly-reachable"], remedy: "server.document-root = \"@ROOT@\""),
        Self(
            server: .lighttpd, mistake: "a directory that lighttpd's user may not enter", mode: 0o700,
            fails: ["permissions/closed-to-server"], remedy: "setfacl -m u:www-data:x @ROOT@/reports"),
        Self(
            server: .lighttpd, mistake: "a clock that is off",
            edits: [
                (
                    "( \"mod_access\", \"mod_fastcgi\" )",
                    "( \"mod_access\", \"mod_fastcgi\", \"mod_setenv\" )\nsetenv.set-response-header = ( \"Date\" => \"Sat, 01 Jan 2000 00:00:00 GMT\" )"
                )
            ],
            fails: ["clock/clock-off"], remedy: "timedatectl"),
        Self(
            server: .lighttpd, mistake: "no ranges",
            edits: [
                (
                    "( \"mod_access\", \"mod_fastcgi\" )",
                    "( \"mod_access\", \"mod_fastcgi\" )\nserver.range-requests = \"disable\""
                )
            ],
            fails: ["range/ranges-ignored"], remedy: "server.range-requests = \"enable\""),
    ]

    /// Inserts a line for mod_headers, which `conf` does not load, before an existing line.
    private static func headers(_ line: String) -> String {
        "LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so\n\(line)\nLoadModule env_module"
    }

    /// Faults in the configuration of Apache.
    static let apache = [
        Self(
            server: .apacheFcgid, mistake: "XSendFile off",
            edits: [
                ("    XSendFile on\n", "    XSendFile off\n")
            ],
            fails: ["leak/header-not-honoured"], remedy: "XSendFile on"),
        Self(
            server: .apacheFcgid, mistake: "mod_xsendfile not loaded",
            edits: [
                ("LoadModule xsendfile_module /usr/lib/apache2/modules/mod_xsendfile.so\n", ""),
                ("    XSendFile on\n    XSendFilePath \"@ROOT@\"\n", ""),
            ],
            fails: ["leak/header-not-honoured"], remedy: "a2enmod xsendfile"),
        Self(
            server: .apacheFcgid, mistake: "another XSendFilePath",
            edits: [
                ("    XSendFilePath \"@ROOT@\"\n", "    XSendFilePath \"@ROOT@/public\"\n")
            ],
            fails: ["status/not-found-by-server"], remedy: "XSendFilePath \"@ROOT@\""),
        Self(
            server: .apacheFcgid, mistake: "lighttpd's dialect", backend: "lighttpd",
            fails: ["names/name-lost"], remedy: "FcgidInitialEnv SENDFILE_BACKEND \"apache\""),
        Self(
            server: .apacheFcgid, mistake: "nginx's dialect", backend: "nginx",
            fails: ["leak/wrong-dialect"], remedy: "FcgidInitialEnv SENDFILE_BACKEND \"apache\""),
        Self(
            server: .apacheFcgid, mistake: "SENDFILE_BACKEND missing",
            edits: [("    FcgidInitialEnv SENDFILE_BACKEND apache\n", "")],
            warns: ["sender/streamed", "large-file/streamed"], remedy: "FcgidInitialEnv SENDFILE_BACKEND \"apache\""),
        Self(
            server: .apacheFcgid, mistake: "a directory that Apache's user may not enter", mode: 0o700,
            fails: ["permissions/closed-to-server"], remedy: "setfacl -m u:www-data:x @ROOT@/reports"),
        Self(
            server: .apacheFcgid, mistake: "a program that ends at once",
            edits: [("    Alias \"/\" \"@PROGRAM@/\"", "    Alias \"/\" \"/bin/true/\"")],
            fails: ["status/program-unreachable"], remedy: "With mod_fcgid: Alias"),
        Self(
            server: .apacheFcgid, mistake: "a filter that takes the header away",
            edits: [
                (
                    "LoadModule env_module",
                    "LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so\nHeader always unset X-Sendfile\nLoadModule env_module"
                )
            ],
            fails: ["bytes/header-swallowed"], remedy: "Header unset X-Sendfile"),
        Self(
            server: .apacheFcgid, mistake: "conditions taken away",
            edits: [("LoadModule env_module", Self.headers("RequestHeader unset If-None-Match"))],
            fails: ["revalidation/condition-ignored"], remedy: "If-None-Match"),
        Self(
            server: .apacheFcgid, mistake: "Range taken away",
            edits: [("LoadModule env_module", Self.headers("RequestHeader unset Range"))],
            fails: ["range/ranges-ignored"], remedy: "RequestHeader unset Range"),
        Self(
            server: .apacheFcgid, mistake: "one ETag for all files",
            edits: [("LoadModule env_module", Self.headers("Header set ETag \"\\\"0\\\"\""))],
            fails: ["revalidation/same-tag"], remedy: "ETag"),
        Self(
            server: .apacheProxyFcgi, mistake: "another XSendFilePath",
            edits: [("    XSendFilePath \"@ROOT@\"\n", "    XSendFilePath \"@ROOT@/public\"\n")],
            fails: ["status/not-found-by-server"], remedy: "XSendFilePath \"@ROOT@\""),
        Self(
            server: .apacheProxyFcgi, mistake: "the program has not been started", program: .missing,
            fails: ["status/program-unreachable"], remedy: "ProxyPass"),
        Self(
            server: .apacheProxyFcgi, mistake: "a public alias of the same files",
            edits: [
                (
                    "    ProxyPass \"/\" \"unix",
                    "    ProxyPass \"/media/\" !\n    Alias \"/media/\" \"@ROOT@/\"\n    ProxyPass \"/\" \"unix"
                )
            ],
            fails: ["public/publicly-reachable"], remedy: "Alias \"/media/\" \"@ROOT@/\""),
    ]

    /// Faults in the configuration of Caddy.
    static let caddy = [
        Self(
            server: .caddy, mistake: "another root",
            edits: [("root * \"@ROOT@\"", "root * \"@ROOT@/../empty\"")],
            fails: ["status/not-found-by-server"], remedy: "root * \"@ROOT@\""),
        Self(
            server: .caddy, mistake: "the field not honoured",
            edits: [("@file header X-Sendfile *", "@file header X-Other *")],
            fails: ["leak/header-not-honoured"], remedy: "@file header X-Sendfile *"),
        Self(
            server: .caddy, mistake: "the program has not been started", program: .missing,
            fails: ["status/program-unreachable"], remedy: "reverse_proxy unix/"),
        Self(
            server: .caddy, mistake: "the program has not been started, and the socket is known", program: .missing,
            arguments: ["--socket", "@SOCKET@"], fails: ["socket/socket-missing"], remedy: "reverse_proxy unix/"),
        Self(
            server: .caddy, mistake: "Status passed on", edits: [("\t\theader_down -Status\n", "")],
            warns: ["leak/status-leaked"], remedy: "header_down -Status"),
    ]
}
