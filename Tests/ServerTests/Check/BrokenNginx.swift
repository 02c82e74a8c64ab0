extension BrokenSetup {
    /// Faults in the configuration of nginx.
    static let nginx = [
        Self(
            server: .nginx, mistake: "no slash at the end of alias",
            edits: [("alias @ROOT@/;", "alias @ROOT@;")],
            fails: ["status/not-found-by-server"], remedy: "alias @ROOT@/;"),
        Self(
            server: .nginx, mistake: "root instead of alias",
            edits: [("alias @ROOT@/;", "root @ROOT@;")],
            fails: ["status/not-found-by-server"], remedy: "alias @ROOT@/;"),
        Self(
            server: .nginx, mistake: "an alias of a directory without the file",
            edits: [("alias @ROOT@/;", "alias @ROOT@/../empty/;")],
            fails: ["status/not-found-by-server"], remedy: "alias @ROOT@/;"),
        Self(
            server: .nginx, mistake: "an alias of a directory with another file of that name",
            edits: [("alias @ROOT@/;", "alias @ROOT@/../other/;")],
            fails: ["bytes/other-file"], remedy: "alias @ROOT@/;"),
        Self(
            server: .nginx, mistake: "internal forgotten",
            edits: [("        internal;\n", "")],
            fails: ["internal/internal-reachable"], remedy: "internal;"),
        Self(
            server: .nginx, mistake: "a location of another name than SENDFILE_URL",
            edits: [("location ^~ /protected/ {", "location /files/ {")],
            fails: ["status/internal-missing"], remedy: "location ^~ /protected/ {"),
        Self(
            server: .nginx, mistake: "a public alias of the same files",
            edits: [("    location / {", "    location /files/ { alias @ROOT@/; }\n    location / {")],
            fails: ["public/publicly-reachable"], remedy: "location /files/ { alias @ROOT@/; }"),
        Self(
            server: .nginx, mistake: "the document root is the files' own",
            edits: [("    location / {", "    location / { root @ROOT@; }\n    location /private/ {")],
            fails: ["public/publicly-reachable"], remedy: "root @ROOT@;"),
        Self(
            server: .nginx, mistake: "the program has not been started",
            program: .missing, fails: ["status/program-unreachable"], remedy: "fastcgi_pass unix:"),
        Self(
            server: .nginx, mistake: "the program has not been started, and the socket is known",
            program: .missing, arguments: ["--socket", "@SOCKET@"],
            fails: ["socket/socket-missing"], remedy: "fastcgi_pass unix:"),
        Self(
            server: .nginx, mistake: "the program has ended",
            program: .ended, arguments: ["--socket", "@SOCKET@"],
            fails: ["socket/program-not-running"], remedy: "fastcgi_pass unix:"),
        Self(
            server: .nginx, mistake: "another socket than the program's",
            edits: [("server unix:@SOCKET@;", "server unix:@SOCKET@.old;")], arguments: ["--socket", "@SOCKET@"],
            fails: ["status/program-unreachable"], remedy: "fastcgi_pass unix:"),
        Self(
            server: .nginx, mistake: "Apache's dialect", backend: "apache",
            fails: ["leak/wrong-dialect"], remedy: "fastcgi_param SENDFILE_BACKEND nginx;"),
        Self(
            server: .nginx, mistake: "a directory that nginx's user may not enter", mode: 0o700,
            fails: ["permissions/closed-to-server"], remedy: "setfacl -m u:www-data:x @ROOT@/reports"),
        Self(
            server: .nginx, mistake: "fastcgi_ignore_headers X-Accel-Redirect",
            edits: [("fastcgi_keep_conn on;", "fastcgi_keep_conn on; fastcgi_ignore_headers X-Accel-Redirect;")],
            fails: ["bytes/header-swallowed"], remedy: "fastcgi_ignore_headers"),
        Self(
            server: .nginx, mistake: "the same and fastcgi_pass_header X-Accel-Redirect",
            edits: [
                (
                    "fastcgi_keep_conn on;",
                    "fastcgi_keep_conn on; fastcgi_ignore_headers X-Accel-Redirect; fastcgi_pass_header X-Accel-Redirect;"
                )
            ],
            fails: ["leak/header-not-honoured"], remedy: "location ^~ /protected/ { internal; alias @ROOT@/; }"),
        Self(
            server: .nginx, mistake: "a cache in front of a program that streams",
            edits: [
                ("upstream sendfile {", "fastcgi_cache_path @RUN@/cache keys_zone=files:1m;\nupstream sendfile {"),
                (
                    "fastcgi_keep_conn on;",
                    "fastcgi_keep_conn on; fastcgi_cache files; fastcgi_cache_key $uri; fastcgi_cache_valid 200 1m; fastcgi_ignore_headers Cache-Control;"
                ),
            ],
            backend: "stream", arguments: ["--no-post"],
            fails: ["protected/unprotected"], warns: ["sender/streamed", "large-file/streamed"], remedy: "fastcgi_cache"
        ),
        Self(
            server: .nginx, mistake: "SENDFILE_BACKEND missing",
            edits: [("        fastcgi_param SENDFILE_BACKEND  nginx;\n", "")],
            warns: ["sender/streamed", "large-file/streamed"], remedy: "fastcgi_param SENDFILE_BACKEND nginx;"),
        Self(
            server: .nginx, mistake: "a root without the file",
            edits: [("SENDFILE_ROOT     @ROOT@;", "SENDFILE_ROOT     @ROOT@/../empty;")],
            fails: ["status/unknown-to-program"], remedy: "fastcgi_param SENDFILE_ROOT @ROOT@;"),
        Self(
            server: .nginx, mistake: "a root that is none",
            edits: [("SENDFILE_ROOT     @ROOT@;", "SENDFILE_ROOT     @ROOT@/nowhere;")],
            fails: ["status/program-failed"], remedy: "fastcgi_param SENDFILE_ROOT @ROOT@;"),
        Self(
            server: .nginx, mistake: "SENDFILE_BACKEND misspelt", backend: "ngnix",
            fails: ["status/program-failed"], remedy: "fastcgi_param SENDFILE_BACKEND nginx;"),
        Self(
            server: .nginx, mistake: "a name and a password asked for, and none given",
            edits: [
                (
                    "        #auth_basic           \"Downloads\";",
                    "        auth_basic \"Downloads\"; auth_basic_user_file @RUN@/users;"
                )
            ],
            fails: ["status/not-signed-in"], remedy: "--header 'Authorization: Basic …'"),
        Self(
            server: .nginx, mistake: "REMOTE_USER $remote_user, as in fastcgi_params, without auth_basic",
            edits: [
                ("        #fastcgi_param REMOTE_USER $remote_user;", "        fastcgi_param REMOTE_USER $remote_user;")
            ],
            header: "Authorization: Basic YWxpY2U6d29uZGVybGFuZA==",
            fails: ["protected/any-password"], remedy: "auth_basic \"Downloads\";"),
        Self(
            server: .nginx, mistake: "gzip",
            edits: [("        internal;", "        internal;\n        gzip on;\n        gzip_types *;")],
            warns: ["compression/compressed"], remedy: "gzip off;"),
        Self(
            server: .nginx, mistake: "no ETag", edits: [("        internal;", "        internal;\n        etag off;")],
            warns: ["revalidation/no-tag"], remedy: "etag on;"),
        Self(
            server: .nginx, mistake: "no ranges",
            edits: [("        internal;", "        internal;\n        max_ranges 0;")],
            fails: ["range/ranges-ignored"], remedy: "max_ranges"),
        Self(
            server: .nginx, mistake: "a redirect in place of the program",
            edits: [("fastcgi_keep_conn on;", "fastcgi_keep_conn on; return 301 /elsewhere$uri;")],
            fails: ["status/redirected"], remedy: "--url"),
        Self(
            server: .nginx, mistake: "a regular expression takes the files",
            edits: [
                ("location ^~ /protected/ {", "location /protected/ {"),
                ("    location / {", "    location ~ [.]pdf$ { root @ROOT@/../empty; }\n    location ^~ / {"),
            ],
            fails: ["status/not-found-by-server"], remedy: "location ^~ /protected/"),
        Self(
            server: .nginx, mistake: "a public location without the slash of its alias",
            edits: [("    location / {", "    location /media { alias @ROOT@/../other/; }\n    location / {")],
            fails: ["public/alias-traversal"], remedy: "location /media/ {"),
        Self(
            server: .nginx, mistake: "a page in place of the file",
            edits: [
                (
                    "    location / {",
                    "    location /private/ { return 200 \"<!DOCTYPE html><title>Sign in</title>\"; }\n    location / {"
                )
            ],
            fails: ["bytes/page-instead"], remedy: "--header"),
        Self(
            server: .nginx, mistake: "only POST let through",
            edits: [("fastcgi_keep_conn on;", "fastcgi_keep_conn on; if ($request_method != POST) { return 405; }")],
            fails: ["status/method-refused"], remedy: "GET and HEAD"),
        Self(
            server: .nginx, mistake: "a filter of the URL in place of internal",
            edits: [("        internal;\n", "        if ($request_uri ~ ^/protected/) { return 404; }\n")],
            fails: ["internal/internal-reachable"], remedy: "internal;"),
        Self(
            server: .nginx, mistake: "a field that was added to find another mistake",
            edits: [("        internal;\n", "        internal;\n        add_header X-File $request_filename;\n")],
            fails: ["leak/path-leaked"], remedy: "add_header"),
        Self(
            server: .nginx, mistake: "a socket of another user",
            edits: [("    keepalive 8;\n", "")], program: .closed, arguments: ["--socket", "@SOCKET@"],
            fails: ["socket/socket-closed"], remedy: "SocketUser=www-data"),
        Self(
            server: .nginx, mistake: "a program that is stuck",
            edits: [("fastcgi_read_timeout 75s;", "fastcgi_read_timeout 1s;")], program: .stuck,
            fails: ["status/program-slow"], remedy: "fastcgi_read_timeout"),
        Self(
            server: .nginx, mistake: "HEAD not let through",
            edits: [("fastcgi_keep_conn on;", "fastcgi_keep_conn on; if ($request_method = HEAD) { return 405; }")],
            fails: ["head/head-differs"], remedy: "HEAD"),
        Self(
            server: .nginx, mistake: "a rate that makes it longer than the client waits",
            edits: [("        internal;\n", "        internal;\n        limit_rate 10k;\n")],
            arguments: ["--timeout", "2"], fails: ["bytes/broken-off"], remedy: "limit_rate"),
    ]
}
