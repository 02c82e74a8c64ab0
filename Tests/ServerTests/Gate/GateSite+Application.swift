extension GateSite {
    /// The lines that pass the rest of a site to an application over HTTP, as replacements of the gate's lines.
    ///
    /// - Parameters:
    ///   - port: The application's port.
    ///   - root: The directory of the files, for applications that name files to nginx.
    static func application(at port: UInt16, behind server: WebServer, root: String) -> [String: String] {
        switch server {
        case .lighttpd:
            [
                "server.modules += ( \"mod_access\", \"mod_fastcgi\" )":
                    """
                server.modules += ( "mod_access", "mod_fastcgi", "mod_proxy" )
                $HTTP["url"] !~ "^/downloads/" {
                    proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => \(port) )) )
                }
                """
            ]
        case .nginx:
            [
                "location /downloads/ {":
                    """
                location / {
                        proxy_pass http://127.0.0.1:\(port);
                        proxy_set_header Host $http_host;
                        proxy_set_header X-Sendfile-Type X-Accel-Redirect;
                        proxy_set_header X-Accel-Mapping \(root)/=/protected/;
                    }
                    location ^~ /downloads/ {
                """
            ]
        default:
            [
                "LoadModule xsendfile_module /usr/lib/apache2/modules/mod_xsendfile.so":
                    """
                LoadModule xsendfile_module /usr/lib/apache2/modules/mod_xsendfile.so
                LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
                LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
                """,
                "    ServerName localhost\n":
                    """
                    ServerName localhost
                    ProxyPreserveHost On
                    ProxyPass "/downloads/" "!"
                    ProxyPass "/" "http://127.0.0.1:\(port)/" nocanon

                """,
            ]
        }
    }
}
