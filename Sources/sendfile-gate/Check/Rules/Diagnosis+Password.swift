extension Diagnosis {
    /// The lines that make a web server check passwords, or stop it from passing on the name.
    static func password(_ server: FrontServer) -> [String] {
        let lines =
            switch server {
            case .nginx:
                [
                    "auth_basic \"Downloads\";   auth_basic_user_file /etc/nginx/users;   (in the location with fastcgi_pass)",
                    "Without auth_basic, neither fastcgi_param REMOTE_USER $remote_user; nor include fastcgi_params; which contains that line.",
                ]
            case .lighttpd:
                [
                    "auth.require = ( \"\" => ( \"method\" => \"basic\", \"realm\" => \"…\", \"require\" => \"valid-user\" ) )",
                    "auth.backend = \"htpasswd\"   auth.backend.htpasswd.userfile = \"/etc/lighttpd/users\"",
                ]
            case .apache:
                [
                    "AuthType Basic   AuthName \"Downloads\"   AuthUserFile /etc/apache2/users   (in <Location>)",
                    "Require valid-user   (instead of Require all granted)",
                ]
            case .caddy: ["basicauth { NAME HASH }   (caddy hash-password prints the hash; basic_auth since Caddy 2.8)"]
            case .unknown: ["The web server must check the password, or must not pass on the name."]
            }
        return lines + ["A program that reads Authorization itself must check the password, too."]
    }
}
