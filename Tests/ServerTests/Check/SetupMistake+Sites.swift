/// Lines of other sites and of the web server that concern the files, and parts of a setup that are lost.
extension SetupMistake {
    private static let site = "/etc/nginx/sites-available/default"

    static let ofSites = [
        Self(
            server: "apache2", title: "a pattern of (?i) denies one extension",
            script: """
                seq 9000 >/srv/reports/backup.zip
                printf '%s\\n' '<LocationMatch "(?i)\\.(bak|ZIP)$">' 'Require all denied' '</LocationMatch>' \
                    >/etc/apache2/conf-enabled/zz-hardening.conf
                systemctl restart apache2
                """,
            line: "/etc/apache2/conf-enabled/zz-hardening.conf:2: Require all denied", isFirst: true),
        Self(
            server: "apache2", title: "a module is disabled, and Apache does not start",
            script: "a2dismod --quiet --force xsendfile; ! systemctl restart apache2",
            line: "a2enmod xsendfile; systemctl restart apache2", isFirst: true, end: 69),
        Self(
            server: "apache2", title: "the module of FastCGI is disabled",
            script: "a2dismod --quiet --force proxy_fcgi; systemctl restart apache2",
            line: "a2enmod proxy_fcgi; systemctl restart apache2", isFirst: true),
        Self(
            server: "nginx", title: "a drop-in of nginx forbids Unix sockets",
            script: """
                mkdir -p /etc/systemd/system/nginx.service.d
                printf '%s\\n' '[Service]' 'NoNewPrivileges=yes' 'ProtectKernelTunables=yes' \
                    'RestrictAddressFamilies=AF_INET AF_INET6' >/etc/systemd/system/nginx.service.d/hardening.conf
                systemctl daemon-reload
                systemctl restart nginx
                """,
            line: "/etc/systemd/system/nginx.service.d/hardening.conf:4: RestrictAddressFamilies=", isFirst: true),
        Self(
            server: "apache2", title: "an Alias makes the files public",
            script: """
                printf '%s\\n' 'Alias "/archiv" "/srv/reports"' '<Directory "/srv/reports">' 'Require all granted' \
                    '</Directory>' >/etc/apache2/conf-enabled/archiv.conf
                systemctl restart apache2
                """,
            line: "/etc/apache2/conf-enabled/archiv.conf:1: Alias /archiv /srv/reports   (makes the files public)",
            isFirst: true),
        Self(
            server: "nginx", title: "an alias makes the files public",
            script: """
                sed -i 's|^\\tserver_name _;|&\\n\\tlocation /archiv/ { alias /srv/reports/; }|' \(site)
                systemctl restart nginx
                """,
            line: "alias /srv/reports/   (makes the files public)", isFirst: true),
        Self(
            server: "lighttpd", title: "an alias makes the files public",
            script: """
                printf '%s\\n' 'server.modules += ( "mod_alias" )' 'alias.url += ( "/archiv/" => "/srv/reports/" )' \
                    >/etc/lighttpd/conf-enabled/50-archiv.conf
                systemctl restart lighttpd
                """,
            line: "/etc/lighttpd/conf-enabled/50-archiv.conf:2: alias.url", isFirst: true),
        Self(
            server: "nginx", title: "another site takes the host, and its program does not run",
            script: """
                printf '%s\\n' 'server {' 'listen 80;' 'server_name localhost;' 'root /var/www/html;' \
                    'location / { try_files $uri @app; }' 'location @app { proxy_pass http://127.0.0.1:3000; }' '}' \
                    >/etc/nginx/conf.d/app.conf
                systemctl restart nginx
                """,
            line: "/etc/nginx/conf.d/app.conf:3: server_name localhost   (this site takes the URL's host and port)"),
        Self(
            server: "apache2", title: "a list of unwanted clients contains programs that fetch files",
            script: """
                printf '%s\\n' 'SetEnvIfNoCase User-Agent "(curl|wget|nikto)" unwanted' '<Location "/">' '<RequireAll>' \
                    'Require all granted' 'Require not env unwanted' '</RequireAll>' '</Location>' \
                    >/etc/apache2/conf-enabled/zz-clients.conf
                systemctl restart apache2
                """,
            line: "/etc/apache2/conf-enabled/zz-clients.conf:1: SetEnvIfNoCase User-Agent"),
        Self(
            server: "nginx", title: "a directory was moved to another disk, and a link to it leads out of the root",
            script:
                "mkdir /srv/big; mv /srv/reports/q3 /srv/big/q3; ln -s /srv/big/q3 /srv/reports/q3; seq 9000 >/srv/reports/large.iso",
            line: "rm /srv/reports/q3; mkdir /srv/reports/q3; mount --bind /srv/big/q3 /srv/reports/q3", isFirst: true,
            end: 0),
        Self(
            server: "nginx", title: "an upgrade has replaced the site, and left the old one beside it",
            script: """
                cp \(site) \(site).dpkg-old
                sed -i '/sendfile-gate/d' \(site)
                systemctl restart nginx
                """,
            line: "server   (add: include /etc/nginx/snippets/sendfile-gate.conf;", isFirst: true),
        Self(
            server: "lighttpd", title: "a location of a proxy in front takes one extension",
            script: """
                seq 9000 >/srv/reports/large.iso
                sed -i 's/^server.port .*/server.port = 8080/' /etc/lighttpd/lighttpd.conf
                printf '%s\\n' 'server {' 'listen 80;' 'root /var/www/html;' 'location / {' 'proxy_pass http://127.0.0.1:8080;' \
                    'proxy_http_version 1.1;' 'proxy_set_header Host $host;' '}' 'location ~* \\.pdf$ { expires 30d; }' '}' \
                    >/etc/nginx/sites-available/front
                ln -sf ../sites-available/front /etc/nginx/sites-enabled/default
                systemctl restart lighttpd
                systemctl restart nginx
                """,
            line: "/etc/nginx/sites-enabled/default:9: location ~* \\.pdf$", isFirst: true,
            never: "systemctl disable --now nginx"),
    ]
}
