import Glibc
import Testing

/// The article FromWordPress behind Apache, with the rules that WordPress writes into `.htaccess`.
@Suite(.serialized) struct RewriteRuleTests {
    private static let rules = """
        # BEGIN WordPress
        <IfModule mod_rewrite.c>
        RewriteEngine On
        RewriteBase /
        RewriteRule ^index\\.php$ - [L]
        RewriteCond %{REQUEST_FILENAME} !-f
        RewriteCond %{REQUEST_FILENAME} !-d
        RewriteRule . /index.php [L]
        </IfModule>
        # END WordPress

        """

    @Test("WordPress's rules take a link to the gate unless the article's rule precedes them")
    func rule() throws {
        let site = try GateSite.shared(
            .init(
                server: .apacheFcgid, settings: ["SENDFILE_LINK_PREFIX": "/downloads"], isPart: true,
                edits: [
                    "DocumentRoot \"": """
                    LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so
                    <Directory "@RUN@">
                        AllowOverride All
                        Require all granted
                    </Directory>
                    DocumentRoot "
                    """
                ]))
        try Files.write("the page of WordPress", to: "\(site.directory)/index.php")
        let link = try site.link("plain.txt")

        try Files.write(Self.rules, to: "\(site.directory)/.htaccess")
        #expect(try site.client.get(link).text == "the page of WordPress", "\(site.logs)")

        let lines = try MigrationPage("FromWordPress").block("apache", below: "What to know")
        try Files.write(lines + Self.rules, to: "\(site.directory)/.htaccess")
        #expect(try site.client.get(link).text == "content of plain.txt", "\(site.logs)")
        #expect(try site.client.get("/a-page").text == "the page of WordPress")
    }
}
