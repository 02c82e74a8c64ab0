import Testing

/// A mistake of an administrator after `sendfile-gate init`, and the text that `sendfile-gate check` must print.
///
/// None of them is known to a rule by its name: check finds them because it compares what is with what must be.
struct SetupMistake: Sendable, CustomTestStringConvertible {
    /// `nginx`, `lighttpd` or `apache2`.
    let server: String
    let title: String
    /// A shell script that makes the mistake on the machine.
    let script: String
    /// Further arguments of check.
    var arguments = ""
    /// A part of one line of the report: the place to change.
    let line: String
    /// Whether that line is the first remedy of the report.
    var isFirst = false
    /// The exit status of check: 69 if the web server does not answer, 64 if the root contains no file to request, 0 if all findings are warnings.
    var end: Int32 = 1
    /// A text that the report must not contain: a remedy that would make matters worse.
    var never: String?

    var testDescription: String { "\(self.server): \(self.title)" }

    private static let site = "/etc/nginx/sites-available/default"
    private static let host = "/etc/apache2/sites-available/000-default.conf"

    static let all = Self.ofRequests + Self.ofFiles + Self.ofUnits + Self.ofSites

    private static let ofRequests = [
        Self(
            server: "nginx", title: "a regular expression takes one extension",
            script: """
                seq 9000 >/srv/reports/large.iso
                sed -i 's/location ^~ /location /' /etc/nginx/snippets/sendfile-gate.conf
                sed -i 's|^\\tserver_name _;|&\\n\\tlocation ~* \\\\.pdf$ { expires 30d; }|' \(site)
                systemctl restart nginx
                """,
            line: "location ~* \\.pdf$"),
        Self(
            server: "nginx", title: "a cache for PHP stores a refusal",
            script: """
                printf '%s\\n' 'fastcgi_cache_path /var/cache/nginx-php keys_zone=php:1m;' 'fastcgi_cache php;' \
                    'fastcgi_cache_key $host$uri;' 'fastcgi_cache_valid any 10m;' \
                    'fastcgi_ignore_headers Cache-Control;' >/etc/nginx/conf.d/cache.conf
                systemctl restart nginx
                curl --silent --output /root/page 'http://localhost/files/q3/report%201.pdf?expires=1'
                """,
            line: "/etc/nginx/conf.d/cache.conf:2: fastcgi_cache php"),
        Self(
            server: "nginx", title: "a directory is moved, and a symbolic link leads to it",
            script: """
                seq 9000 >/srv/reports/large.iso
                mkdir -p /mnt/big; rm -rf /mnt/big/q3; mv /srv/reports/q3 /mnt/big/q3; ln -s /mnt/big/q3 /srv/reports/q3
                """,
            arguments: "--file '/srv/reports/q3/report 1.pdf'", line: "the file is really /mnt/big/q3/report 1.pdf"),
        Self(
            server: "nginx", title: "a drop-in hides the files from the gate",
            script: """
                mkdir -p /etc/systemd/system/sendfile-gate.service.d
                printf '[Service]\\nInaccessiblePaths=/srv/reports/q3\\n' \
                    >/etc/systemd/system/sendfile-gate.service.d/override.conf
                systemctl daemon-reload; systemctl restart sendfile-gate.service
                """,
            line: "/etc/systemd/system/sendfile-gate.service.d/override.conf:2: InaccessiblePaths="),
        Self(
            server: "nginx", title: "the include line is lost",
            script: "sed -i '/sendfile-gate/d' \(site); systemctl restart nginx",
            line: "server   (add: include /etc/nginx/snippets/sendfile-gate.conf;   nginx does not read this file"),
        Self(
            server: "nginx", title: "another user of nginx",
            script: "sed -i 's/^user .*/user games;/' /etc/nginx/nginx.conf; systemctl restart nginx",
            line: "/etc/nginx/nginx.conf:1: user games"),
        Self(
            server: "apache2", title: "a rewrite rule passes everything to another program",
            script: """
                a2enmod --quiet rewrite proxy_http
                sed -i 's|DocumentRoot /var/www/html|&\\n\\tRewriteEngine On\\n\\tRewriteRule ^/(.*)$ http://127.0.0.1:3000/$1 [P,L]|' \(host)
                systemctl restart apache2
                """,
            line: "RewriteRule ^/(.*)$ http://127.0.0.1:3000/$1 [P,L]"),
        Self(
            server: "apache2", title: "one extension is denied",
            script: """
                seq 9000 >/srv/reports/dump.sql
                printf '%s\\n' '<LocationMatch "\\.sql$">' 'Require all denied' '</LocationMatch>' \
                    >/etc/apache2/conf-enabled/zz-hardening.conf
                systemctl restart apache2
                """,
            line: "/etc/apache2/conf-enabled/zz-hardening.conf:2: Require all denied"),
        Self(
            server: "apache2", title: "conf-enabled is not included",
            script: "sed -i '/IncludeOptional conf-enabled/d' /etc/apache2/apache2.conf; systemctl restart apache2",
            line: "(add after it: IncludeOptional /etc/apache2/conf-enabled/*.conf   Apache does not read",
            isFirst: true),
        Self(
            server: "apache2", title: "Range is removed from requests",
            script: """
                a2enmod --quiet headers
                echo 'RequestHeader unset Range' >/etc/apache2/conf-enabled/range.conf
                systemctl restart apache2
                """,
            line: "/etc/apache2/conf-enabled/range.conf:1: RequestHeader unset Range"),
        Self(
            server: "lighttpd", title: "another block replaces fastcgi.server",
            script: """
                echo '$HTTP["host"] == "localhost" { fastcgi.server = ( ".php" => (( "socket" => "/run/php.sock" )) ) }' \
                    >/etc/lighttpd/conf-enabled/95-php.conf
                systemctl restart lighttpd
                """,
            line: "/etc/lighttpd/conf-enabled/95-php.conf:1: fastcgi.server"),
        Self(
            server: "lighttpd", title: "every file gets one media type",
            script: """
                echo 'setenv.set-response-header = ( "Content-Type" => "text/html; charset=utf-8" )' \
                    >/etc/lighttpd/conf-enabled/95-charset.conf
                systemctl restart lighttpd
                """,
            line: "/etc/lighttpd/conf-enabled/95-charset.conf:1: setenv.set-response-header"),
        Self(
            server: "lighttpd", title: "links are bound to an address that a proxy hides",
            script: """
                echo SENDFILE_LINK_BINDING=address >>/etc/sendfile-gate/sendfile-gate.conf
                systemctl restart sendfile-gate.service
                """,
            arguments: "--for-address 203.0.113.7", line: "\" => \"trust\" )   (lighttpd: mod_extforward"),
        Self(
            server: "apache2", title: "the request line is limited, and one file has a long name",
            script: """
                seq 9000 >/srv/reports/large.pdf
                seq 4000 >"/srv/reports/q3/$(printf 'a%.0s' $(seq 200)).pdf"
                echo 'LimitRequestLine 255' >/etc/apache2/conf-enabled/limits.conf
                systemctl restart apache2
                """,
            line: "/etc/apache2/conf-enabled/limits.conf:1: LimitRequestLine 255"),
        Self(
            server: "apache2", title: "files are public for caches",
            script: """
                a2enmod --quiet headers
                echo 'Header always set Cache-Control "public, max-age=604800"' >/etc/apache2/conf-enabled/cdn.conf
                systemctl restart apache2
                """,
            line: "/etc/apache2/conf-enabled/cdn.conf:1: Header always set Cache-Control"),
        Self(
            server: "lighttpd", title: "a proxy in front replaces the beginning of the path",
            script: """
                rm /etc/nginx/sites-enabled/default
                printf '%s\\n' 'server {' 'listen 8080;' 'location /files/ {' 'proxy_pass http://127.0.0.1:80/;' '}' '}' \
                    >/etc/nginx/conf.d/front.conf
                systemctl start nginx
                """,
            arguments: "--url http://localhost:8080/files/",
            line:
                "/etc/nginx/conf.d/front.conf:4: proxy_pass http://127.0.0.1:80/   (passes this URL on to another web server, with / in place of /files/)"
        ),
        Self(
            server: "apache2", title: "the site of an application takes all URLs",
            script: """
                a2enmod --quiet proxy_http
                sed -i 's|DocumentRoot /var/www/html|&\\n\\t<Location />\\n\\tProxyPass http://127.0.0.1:8082/\\n\\t</Location>|' \(host)
                printf '%s\\n' 'server {' 'listen 8082;' '}' >/etc/nginx/conf.d/application.conf
                rm /etc/nginx/sites-enabled/default
                systemctl start nginx
                systemctl restart apache2
                """,
            line: "ProxyPass http://127.0.0.1:8082/   (passes this URL on to another web server)"),
        Self(
            server: "apache2", title: "a web server behind a proxy denies the URL",
            script: """
                rm /etc/nginx/sites-enabled/default
                printf '%s\\n' 'server {' 'listen 8080;' 'location / {' 'proxy_pass http://127.0.0.1:80;' \
                    'proxy_set_header Host $host;' '}' '}' >/etc/nginx/conf.d/front.conf
                printf '%s\\n' '<Location /files/>' 'Require all denied' '</Location>' \
                    >/etc/apache2/conf-enabled/zz-blocked.conf
                systemctl start nginx
                systemctl restart apache2
                """,
            arguments: "--url http://localhost:8080/files/",
            line: "/etc/apache2/conf-enabled/zz-blocked.conf:2: Require all denied"),
        Self(
            server: "nginx", title: "one of two web servers behind a proxy has no gate",
            script: """
                printf '%s\\n' 'upstream web {' 'server 127.0.0.1:80;' 'server 127.0.0.1:8082;' '}' \
                    'server { listen 8080; location / { proxy_pass http://web; proxy_set_header Host $host; } }' \
                    'server { listen 8082; }' >/etc/nginx/conf.d/front.conf
                systemctl restart nginx
                """,
            arguments: "--url http://localhost:8080/files/",
            line:
                "/etc/nginx/conf.d/front.conf:3: server 127.0.0.1:8082   (asked directly, 127.0.0.1:8082 answers with 404"
        ),
        Self(
            server: "nginx", title: "one of two programs behind nginx is not a gate",
            script: """
                printf '%s\\n' 'upstream gates {' 'server unix:/run/sendfile-gate.sock;' 'server unix:/run/other.sock;' '}' \
                    >/etc/nginx/conf.d/gates.conf
                sed -i 's|fastcgi_pass .*|fastcgi_pass gates;|' /etc/nginx/snippets/sendfile-gate.conf
                printf '%s\\n' 'import os, socket, struct' 'listener = socket.socket(socket.AF_UNIX)' \
                    'listener.bind("/run/other.sock")' 'os.chmod("/run/other.sock", 0o666)' 'listener.listen(9)' \
                    'body = b"Status: 404 Not Found\\r\\nContent-Type: text/plain\\r\\n\\r\\nnone"' \
                    'def record(kind, body): return struct.pack(">BBHHBB", 1, kind, 1, len(body), 0, 0) + body' \
                    'while True:' '    peer = listener.accept()[0]' '    try:' '        peer.recv(65536)' \
                    '        peer.sendall(record(6, body) + record(6, b"") + record(3, bytes(8)))' \
                    '    except OSError: pass' '    peer.close()' >/root/other.py
                systemd-run --quiet --property=RuntimeMaxSec=60 python3 /root/other.py
                until test -S /run/other.sock; do sleep 0.1; done
                systemctl restart nginx
                """,
            line: "/etc/nginx/conf.d/gates.conf:3: server unix:/run/other.sock   (receives requests for this URL"),
        Self(
            server: "nginx", title: "a page of the site is answered with 503, and that is not a limit",
            script: """
                sed -i 's|^\\tserver_name _;|&\\n\\tlocation /media/ { return 503; }|' \(site)
                sed -i 's|^\\tserver_name _;|&\\n\\tlocation ~* \\\\.pdf$ { expires 30d; }|' \(site)
                sed -i 's/location ^~ /location /' /etc/nginx/snippets/sendfile-gate.conf
                systemctl restart nginx
                """,
            line: "location ~* \\.pdf$"),
        Self(
            server: "nginx", title: "the URL's host leads to another machine",
            script: """
                ip netns add elsewhere
                ip link add elsewhere-0 type veth peer name elsewhere-1 netns elsewhere
                ip address add 192.0.2.1/24 dev elsewhere-0
                ip link set elsewhere-0 up
                ip -n elsewhere address add 192.0.2.2/24 dev elsewhere-1
                ip -n elsewhere link set elsewhere-1 up
                systemd-run --quiet --property=RuntimeMaxSec=60 ip netns exec elsewhere python3 -m http.server --directory /mnt 80
                echo 192.0.2.2 files.example.org >>/etc/hosts
                until curl --silent --output /root/page http://files.example.org/; do sleep 0.1; done
                """,
            arguments: "--url http://files.example.org/files/",
            line: "192.0.2.2 files.example.org   (not an address of this machine"),
        Self(
            server: "nginx", title: "a drop-in adds a second command",
            script: """
                mkdir -p /etc/systemd/system/sendfile-gate.service.d
                printf '[Service]\\nExecStart=/usr/local/bin/sendfile-gate serve\\n' \
                    >/etc/systemd/system/sendfile-gate.service.d/override.conf
                systemctl stop sendfile-gate.socket sendfile-gate.service
                systemctl daemon-reload
                ! systemctl start sendfile-gate.socket
                """,
            line:
                "/etc/systemd/system/sendfile-gate.service.d/override.conf:2: ExecStart=/usr/local/bin/sendfile-gate serve   (a second command, which systemd refuses"
        ),
        Self(
            server: "lighttpd", title: "a drop-in moves the gate's socket",
            script: """
                mkdir -p /etc/systemd/system/sendfile-gate.socket.d
                printf '[Socket]\\nListenStream=\\nListenStream=/run/sendfile-gate/gate.sock\\n' \
                    >/etc/systemd/system/sendfile-gate.socket.d/override.conf
                systemctl stop sendfile-gate.service
                systemctl daemon-reload
                systemctl restart sendfile-gate.socket
                """,
            line: "lighttpd connects to /run/sendfile-gate.sock, and the gate listens at /run/sendfile-gate/gate.sock"),
        Self(
            server: "nginx", title: "the environment of a drop-in overrides the settings file",
            script: """
                mkdir -p /etc/systemd/system/sendfile-gate.service.d
                printf '[Service]\\nEnvironment=SENDFILE_LINK_PREFIX=/staging\\n' \
                    >/etc/systemd/system/sendfile-gate.service.d/staging.conf
                systemctl daemon-reload; systemctl restart sendfile-gate.service
                """,
            line: "/etc/systemd/system/sendfile-gate.service.d/staging.conf:2: Environment=SENDFILE_LINK_PREFIX="),
    ]
}
