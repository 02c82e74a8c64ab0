/// The directives of the main files of Debian's packages, for a file that was changed: only the changed lines are of interest.
///
/// Read from Debian 12 and 13. A file that is as its package made it needs no such list: see ``PackagedFiles``.
enum DebianLines {
    static func all(of server: FrontServer) -> [String] {
        let text =
            switch server {
            case .nginx: Self.nginx
            case .apache: Self.apache
            case .lighttpd: Self.lighttpd
            case .caddy: Self.caddy
            case .unknown: ""
            }
        return text.split(separator: "\n").map(String.init)
    }

    private static let nginx = """
        user www-data
        worker_processes auto
        worker_cpu_affinity auto
        worker_connections 768
        types_hash_max_size 2048
        default_type application/octet-stream
        sendfile on
        tcp_nopush on
        server_tokens off
        gzip on
        listen 80 default_server
        listen [::]:80 default_server
        root /var/www/html
        index index.html index.htm index.nginx-debian.html
        server_name _
        ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3
        ssl_protocols TLSv1.2 TLSv1.3
        ssl_prefer_server_ciphers on
        ssl_prefer_server_ciphers off
        """

    private static let apache = """
        Timeout 300
        KeepAlive On
        MaxKeepAliveRequests 100
        KeepAliveTimeout 5
        User ${APACHE_RUN_USER}
        Group ${APACHE_RUN_GROUP}
        HostnameLookups Off
        LogLevel warn
        <VirtualHost> *:80
        <Directory> /
        <Directory> /var/www/
        <Directory> /usr/share
        Options FollowSymLinks
        Options Indexes FollowSymLinks
        AllowOverride None
        DocumentRoot /var/www/html
        Listen 80
        ServerTokens OS
        ServerSignature On
        TraceEnable Off
        StartServers 2
        MinSpareThreads 25
        MaxSpareThreads 75
        ThreadLimit 64
        ThreadsPerChild 25
        MaxRequestWorkers 150
        MaxConnectionsPerChild 0
        RequestReadTimeout header=20-40,minrate=500
        RequestReadTimeout body=10,minrate=500
        """

    private static let caddy = """
        root * /usr/share/caddy
        file_server
        """

    private static let lighttpd = """
        server.document-root = "/var/www/html"
        server.username = "www-data"
        server.groupname = "www-data"
        server.port = 80
        server.feature-flags += ("server.h2proto" => "enable")
        server.feature-flags += ("server.h2c" => "enable")
        server.feature-flags += ("server.graceful-shutdown-timeout" => 5)
        server.http-parseopts = ("header-strict" => "enable", "host-strict" => "enable", "host-normalize" => "enable", "url-normalize-unreserved" => "enable", "url-normalize-required" => "enable", "url-ctrls-reject" => "enable", "url-path-2f-decode" => "enable", "url-path-dotseg-remove" => "enable")
        server.http-parseopts = ("header-strict" => "enable", "host-strict" => "enable", "host-normalize" => "enable", "url-normalize-unreserved" => "enable", "url-normalize-required" => "enable", "url-ctrls-reject" => "enable", "url-path-2f-decode" => "enable", "url-path-dotseg-remove" => "enable", "url-invalid-utf8-reject" => "enable")
        url.access-deny = ( "~", ".inc" )
        static-file.exclude-extensions = ( ".php", ".pl", ".fcgi" )
        server.modules = ( "mod_indexfile", "mod_access", "mod_alias", "mod_redirect" )
        server.modules += ( "mod_dirlisting", "mod_staticfile" )
        """
}
