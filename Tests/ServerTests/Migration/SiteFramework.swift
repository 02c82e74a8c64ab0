import Glibc
import Testing

/// A framework for sites in another language, with an article and a site of the tests.
enum SiteFramework: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case django
    case flask
    case rails
    case symfony
    case laravel
    case wordpress

    var testDescription: String { self.rawValue }

    var article: String {
        switch self {
        case .django: "FromDjango"
        case .flask: "FromFlask"
        case .rails: "FromRails"
        case .symfony: "FromSymfony"
        case .laravel: "FromLaravel"
        case .wordpress: "FromWordPress"
        }
    }

    /// The recipe for the framework's language.
    var recipe: Recipe {
        switch self {
        case .django, .flask: .python
        case .rails: .ruby
        case .symfony, .laravel, .wordpress: .php
        }
    }

    /// The suffix of files in the framework's language.
    var suffix: String {
        switch self.recipe {
        case .python: "py"
        case .ruby: "rb"
        default: "php"
        }
    }

    /// The web server in front of the site. Between them, the sites have all servers of the gate.
    var server: WebServer {
        switch self {
        case .flask: .apacheFcgid
        case .symfony: .lighttpd
        default: .nginx
        }
    }

    /// Debian's packages, each with a file by which it is recognized.
    var packages: [String: String] {
        switch self {
        case .django: ["python3-django": "/usr/lib/python3/dist-packages/django"]
        case .flask: ["python3-flask": "/usr/lib/python3/dist-packages/flask"]
        case .rails: ["ruby-railties": "/usr/share/doc/ruby-railties", "puma": "/usr/bin/puma"]
        case .symfony:
            [
                "php-symfony-http-kernel": "/usr/share/php/Symfony/Component/HttpKernel",
                "php-symfony-routing": "/usr/share/php/Symfony/Component/Routing",
            ]
        case .laravel: ["php-laravel-framework": "/usr/share/php/Illuminate/Foundation"]
        case .wordpress:
            [
                "wordpress": "/usr/share/wordpress/wp-settings.php", "mariadb-server-core": "/usr/sbin/mariadbd",
            ]
        }
    }

    /// The file that the code before the change does not find, as the article says.
    var lostFile: String? {
        // Flask writes the path in Latin-1, and mod_xsendfile reads bytes.
        self == .flask ? "ü b.pdf" : nil
    }

    var isInstalled: Bool { self.packages.values.allSatisfy { access($0, F_OK) == 0 } }

    static let installed = Self.allCases.filter(\.isInstalled)

    /// The command that serves the site of the working directory.
    func command(port: UInt16, directory: String) -> [String] {
        let site = "\(directory)/\(self.siteName)"
        return switch self {
        case .django, .flask: ["/usr/bin/python3", site, String(port)]
        case .rails:
            ["env", "RAILS_ENV=production", "HOME=\(directory)", "puma", "-b", "tcp://127.0.0.1:\(port)", site]
        case .symfony, .laravel: ["php", "-d", "session.save_path=\(directory)", "-S", "127.0.0.1:\(port)", site]
        case .wordpress: ["bash", site, String(port)]
        }
    }

    /// The name of the site's program.
    var siteName: String {
        switch self {
        case .django: "django-site.py"
        case .flask: "flask-site.py"
        case .rails: "rails-site.ru"
        case .symfony: "symfony-site.php"
        case .laravel: "laravel-site.php"
        case .wordpress: "wordpress-site"
        }
    }

    /// The path and the form with which a user signs in.
    func signIn(_ user: String) -> (path: String, form: String) {
        self == .wordpress
            ? ("/wp-login.php", "log=\(user)&pwd=secret") : ("/sign-in", "user=\(user)&password=secret")
    }

    /// The site's URL for a file, served by a page's code: that after the change, that before, or one whose links have
    /// expired.
    func target(_ path: String, _ code: MigratedSite.Code = .after) -> String {
        guard self == .wordpress else { return "/\(code == .after ? "reports" : code.rawValue)/\(path)" }
        return "/?\(code == .after ? "report" : code.rawValue)=\(path)"
    }
}
