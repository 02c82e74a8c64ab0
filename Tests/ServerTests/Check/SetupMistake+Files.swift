/// Files that the web server does not read or cannot read, and file systems in the place of others.
extension SetupMistake {
    private static let nginx = "/etc/nginx/nginx.conf"
    private static let lighttpd = "/etc/lighttpd/lighttpd.conf"

    static let ofFiles = [
        Self(
            server: "nginx", title: "the line for enabled sites is a comment",
            script: "sed -i 's|include /etc/nginx/sites-enabled|# &|' \(nginx); systemctl restart nginx",
            line: ": # include /etc/nginx/sites-enabled/*;   (remove the #: nginx does not read", isFirst: true, end: 69
        ),
        Self(
            server: "nginx", title: "the line for enabled sites has a narrower pattern",
            script: "sed -i 's|/etc/nginx/sites-enabled/\\*|&.conf|' \(nginx); systemctl restart nginx",
            line: ": include /etc/nginx/sites-enabled/*.conf;   (write: include /etc/nginx/sites-enabled/*;",
            isFirst: true, end: 69),
        Self(
            server: "nginx", title: "the line for enabled sites is lost, and another site listens",
            script: """
                sed -i '/sites-enabled/d' \(nginx)
                printf '%s\\n' 'server {' 'listen 80;' 'root /var/www/html;' '}' >/etc/nginx/conf.d/shop.conf
                systemctl restart nginx
                """,
            line: ": http   (add in this block: include /etc/nginx/sites-enabled/*;   nginx does not read",
            isFirst: true),
        Self(
            server: "nginx", title: "the site is not enabled",
            script: """
                rm /etc/nginx/sites-enabled/default
                printf '%s\\n' 'server {' 'listen 80;' 'root /var/www/html;' '}' >/etc/nginx/conf.d/shop.conf
                systemctl restart nginx
                """,
            line: "ln -s /etc/nginx/sites-available/default /etc/nginx/sites-enabled/default; systemctl reload nginx",
            isFirst: true),
        Self(
            server: "apache2", title: "a link in conf-enabled has no .conf",
            script: """
                mv /etc/apache2/conf-enabled/sendfile-gate.conf /etc/apache2/conf-enabled/sendfile-gate
                systemctl restart apache2
                """,
            line: "mv /etc/apache2/conf-enabled/sendfile-gate /etc/apache2/conf-enabled/sendfile-gate.conf",
            isFirst: true),
        Self(
            server: "lighttpd", title: "conf-enabled is not included",
            script: "sed -i '/conf-enabled/d' \(lighttpd); systemctl restart lighttpd",
            line: "(add after it: include \"/etc/lighttpd/conf-enabled/*.conf\"   lighttpd does not read", isFirst: true
        ),
        Self(
            server: "lighttpd", title: "the command of a line is gone",
            script: """
                echo 'include_shell "/usr/share/lighttpd/include-sites.pl"' >>\(lighttpd)
                ! systemctl restart lighttpd
                """,
            line:
                "include_shell \"/usr/share/lighttpd/include-sites.pl\"   (/usr/share/lighttpd/include-sites.pl: No such",
            isFirst: true, end: 69),
        Self(
            server: "lighttpd", title: "the file of a line is gone",
            script: "echo 'include \"/etc/lighttpd/tls.conf\"' >>\(lighttpd); ! systemctl restart lighttpd",
            line: "include \"/etc/lighttpd/tls.conf\"   (/etc/lighttpd/tls.conf does not exist)", isFirst: true, end: 69
        ),
        Self(
            server: "nginx", title: "the directory of a log is gone",
            script: """
                echo 'access_log /var/log/web/access.log;' >/etc/nginx/conf.d/log.conf
                ! systemctl restart nginx
                """,
            line: "/etc/nginx/conf.d/log.conf:1: access_log /var/log/web/access.log", isFirst: true, end: 69),
        Self(
            server: "nginx", title: "an empty file system is mounted over the root",
            script: "mount -t tmpfs scratch /srv/reports",
            line:
                "umount /srv/reports; systemctl start sendfile-gate.socket   (scratch (tmpfs), which is empty, is mounted over /srv/reports",
            isFirst: true,
            end: 64),
        Self(
            server: "nginx", title: "another directory is mounted over a part of the root",
            script: "mkdir -p /mnt/old; echo old >/mnt/old/a.txt; mount --bind /mnt/old /srv/reports/q3",
            arguments: "--file '/srv/reports/q3/report 1.pdf'",
            line: "umount /srv/reports/q3; systemctl start sendfile-gate.socket   (", isFirst: true,
            end: 64
        ),
    ]
}
