/// The web servers' configurations that init writes. check compares those of this machine with them.
struct ReadyMade: Sendable {
    /// The path that precedes every link, without a slash at the end.
    let prefix: String
    /// The directory of the files, without a slash at the end.
    let root: String
    /// The gate's socket.
    let socket: String

    /// The directives of conf/nginx/gate.conf, for a prefix of an existing host.
    func nginx(_ inside: String) -> String {
        return """
            # nginx: pass the links below \(self.prefix)/ to sendfile-gate, and send the files whose links are valid
            # (X-Accel-Redirect). Made by sendfile-gate init, for an include line in a server block.

            # ^~ prevents a "location ~ …" from taking links that match it.
            location ^~ \(self.prefix)/ {
                fastcgi_pass unix:\(self.socket);
                # Without this line, nginx takes the end of a connection for the end of a streamed response.
                fastcgi_keep_conn on;
                # nginx must wait longer than FASTCGI_HANDLER_TIMEOUT (60 seconds), because the gate then answers with 504 and logs it.
                fastcgi_read_timeout 75s;
                # Streamed responses go to the client as they arrive, not through a temporary file.
                fastcgi_max_temp_file_size 0;
                # The gate accepts no bodies: a longer one is answered with 413.
                client_max_body_size 64k;

                fastcgi_param GATEWAY_INTERFACE CGI/1.1;
                fastcgi_param SERVER_SOFTWARE   nginx/$nginx_version;
                fastcgi_param SERVER_PROTOCOL   $server_protocol;
                fastcgi_param REMOTE_ADDR       $remote_addr;
                fastcgi_param HTTP_HOST         $host;
                fastcgi_param REQUEST_METHOD    $request_method;
                fastcgi_param REQUEST_URI       $request_uri;
                fastcgi_param CONTENT_LENGTH    $content_length;

                # Files are sent by the location below: set these parameters and keep that location, or neither.
                fastcgi_param SENDFILE_BACKEND  nginx;
                fastcgi_param SENDFILE_URL      \(inside);
            }

            # The location is SENDFILE_URL and its alias is SENDFILE_ROOT; both end with a slash here.
            location ^~ \(inside) {
                internal;
                alias "\(root)/";

                # The program resolves symbolic links before it names a file. A link created since then is not followed.
                disable_symlinks on "from=\(root)";

                # Header fields of the program that nginx would remove.
                add_header Referrer-Policy        $upstream_http_referrer_policy        always;
                add_header X-Content-Type-Options $upstream_http_x_content_type_options always;
            }

            """
    }

    /// The directives of conf/apache/proxy-fcgi.conf, for a prefix.
    var apache: String {
        """
        # Apache with mod_proxy_fcgi and mod_xsendfile: pass the links below \(self.prefix)/ to sendfile-gate, and send
        # the files whose links are valid (X-Sendfile). Made by sendfile-gate init.

        <Location "\(self.prefix)/">
            ProxyPass "unix:\(self.socket)|fcgi://localhost/" timeout=300 flushpackets=auto
            Require all granted

            # Versions after 0.12 (Debian 13) decode "%" in names by default; version 0.12 does not have this directive. The
            # program never names a file whose path contains "%".
            <IfDirective XSendFileUnescape>
                XSendFileUnescape off
            </IfDirective>

            # Enables X-Sendfile, for files below the root only. SENDFILE_BACKEND tells the program so: set both or neither.
            XSendFile on
            XSendFilePath "\(self.root)"
            SetEnv SENDFILE_BACKEND apache

            # Keeps the program's Content-Length on streamed responses. Without it, clients cannot show progress.
            SetEnv ap_trust_cgilike_cl yes

            # The gate accepts no bodies: a longer one is answered with 413.
            <If "req_novary('Content-Length') -gt 65536">
                Redirect 413 "/"
            </If>
        </Location>

        """
    }

    /// The directives of conf/lighttpd/gate.conf, for a prefix and the socket of systemd.
    var lighttpd: String {
        return """
            # lighttpd: pass the links below \(prefix)/ to sendfile-gate, and send the files whose links are valid
            # (X-Sendfile). Made by sendfile-gate init.

            server.modules += ( "mod_fastcgi", "mod_setenv" )

            $HTTP["url"] =~ "^\(prefix.replacing(".", with: "\\."))/" {
                fastcgi.server = (
                    "\(prefix)/" => ((
                        "socket" => "\(self.socket)",
                        # Links do not correspond to files below server.document-root.
                        "check-local" => "disable",

                        # Enables X-Sendfile, for files below the root only. SENDFILE_BACKEND tells the program so: set
                        # both or neither.
                        "x-sendfile" => "enable",
                        "x-sendfile-docroot" => ( "\(self.root)" ),
                    )),
                )
                setenv.add-environment = ( "SENDFILE_BACKEND" => "lighttpd" )

                # The program decides which URLs exist. Debian's lighttpd.conf denies all URLs that end with "~" or ".inc".
                url.access-deny = ( )

                # Streamed responses go to the client as they arrive, not through a temporary file.
                server.stream-response-body = 2

                # In KiB. The gate accepts no bodies: a body longer than this is answered with 413.
                server.max-request-size = 64
            }

            # By default, lighttpd keeps a sent file open under its name for one to two seconds. A file that replaces it
            # meanwhile with an older modification time (mv, rsync --times, a deployment) would be sent as the old bytes
            # with the new ETag, and clients would store them.
            server.stat-cache-engine := "disable"

            """
    }
}
