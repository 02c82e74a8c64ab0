extension Diagnosis {
    /// The lines that make a web server look at passwords, or keep the name to itself.
    static func password(_ server: FrontServer) -> [String] {
        let lines =
            switch server {
            case .nginx:
                [
                    "auth_basic \"Downloads\";   auth_basic_user_file /etc/nginx/users;   (in the location with fastcgi_pass)",
                    "No fastcgi_param REMOTE_USER $remote_user; without it, nor include fastcgi_params; which has that line.",
                ]
            case .lighttpd:
                [
                    "auth.require = ( \"\" => ( \"method\" => \"basic\", \"realm\" => \"…\", \"require\" => \"valid-user\" ) )",
                    "auth.backend = \"htpasswd\"   auth.backend.htpasswd.userfile = \"/etc/lighttpd/users\"",
                ]
            case .apache:
                [
                    "AuthType Basic   AuthName \"Downloads\"   AuthUserFile /etc/apache2/users   (in <Location>)",
                    "Require valid-user   (in place of Require all granted)",
                ]
            case .caddy: ["basicauth { NAME HASH }   (caddy hash-password makes the hash; basic_auth since Caddy 2.8)"]
            case .unknown: ["The web server has to look at the password, or not to hand the name on."]
            }
        return lines + ["A program that reads Authorization by itself has to compare the password, too."]
    }
}
