import Glibc
import Testing

@testable import sendfile_gate

/// A report of `sendfile-gate check` is pasted into tickets, so it contains no secret.
@Suite struct SecretTextTests {
    @Test(
        "A line that may contain a secret is recognized",
        arguments: [
            "Environment=SENDFILE_LINK_SECRET=k1:abc", "SENDFILE_GRANT_LEDGER_PASSWORD=abc",
            "SENDFILE_GRANT_LEDGER=redis://user:abc@[::1]:6379/1", "secdownload.secret = \"abc\"",
            "secure_link_md5 \"$secure_link_expires$uri abc\"", "AuthTokenSecret \"abc\"",
            "proxy_set_header Authorization \"Basic YTpi\"", "proxy_set_header X-Api-Token abc",
            "proxy_pass http://user:abc@store.example/", "aws_secret_access_key = abc",
        ])
    func secret(_ line: String) {
        #expect(SecretText.isPossible(in: line))
        let words = line.split(separator: " ").map(String.init)
        let directives = [
            Directive(name: line, words: [], file: "f", line: 3),
            Directive(name: words[0], words: Array(words.dropFirst()), file: "f", line: 3),
        ]
        // A name ends at a space or an equals sign.
        for directive in directives {
            #expect(!directive.text.contains("abc") && !directive.text.contains("YTpi"))
            #expect(Difference(directive, note: "").shown.hasPrefix("f:3: "))
            #expect(!Difference(directive, note: "").shown.contains("abc"))
        }
    }

    @Test(
        "A line that only names a secret's file, or a pattern, is shown",
        arguments: [
            "ssl_certificate_key /etc/ssl/a.pem", "SENDFILE_LINK_SECRET_FILE=/etc/sendfile-gate/secret",
            "fastcgi_cache_key $host$uri", "server_tokens off", "ServerTokens OS", "auth_basic \"Reports\"",
            "proxy_pass http://127.0.0.1:8080/a@b", "rewrite ^/a:b@c(.*) https://example.org/$1",
        ])
    func plain(_ line: String) {
        #expect(!SecretText.isPossible(in: line))
        #expect(Directive(name: line, words: [], file: "f", line: 1).text == line)
    }

    @Test("A line of a log shows only files that every account may read, however it writes their paths")
    func logs() throws {
        let directory = try Workspace.shared.makeDirectory("places")
        let file = "/etc/\(directory.split(separator: "/").last ?? "").conf"
        defer { unlink(file) }
        try Files.write("# a\nallow_all on;\nset $secret abc;\n", to: file)
        chmod(file, 0o644)
        #expect(LogPlaces.find(in: "error in \(file):2") == ["\(file):2: allow_all on;   (the log names this line)"])
        #expect(!LogPlaces.find(in: "error in \(file):3").joined().contains("abc"))
        let outside = "\(directory)/x.conf"
        try Files.write("abc\n", to: outside)
        #expect(LogPlaces.find(in: "\"GET /etc/..\(outside):1 HTTP/1.1\"") == [])
        chmod(file, 0o640)
        #expect(LogPlaces.find(in: "error in \(file):2") == [])
        // Opening a FIFO without a writer would wait.
        unlink(file)
        #expect(mkfifo(file, 0o644) == 0)
        #expect(LogPlaces.find(in: "error in \(file):1") == [])
        #expect(ConfigurationText(of: file) != nil)
    }

    @Test(
        "A pattern that would need much memory or time is unknown",
        arguments: [
            "((a{99}){99}){99}", "(a*)\\1", "(a*)*{2500}", "(a*)*{32}", "^(.|\n)*(a*+++++)", "((|b)+){20}", "(^)*{20}",
            "a{2}{30000}", String(repeating: "a", count: 5000),
            "a" + String(repeating: "+", count: 40), "a" + String(repeating: "{1,}", count: 40),
            String(repeating: "(", count: 40) + "[]a[:space:]]" + String(repeating: ")+", count: 40),
            "\\+" + String(repeating: "+", count: 40), "(a{900})*{900}", "a{\(UInt64.max)}",
            String(repeating: "(((((b+a)+)+)+)+)+", count: 200),
        ])
    func expression(_ pattern: String) {
        #expect(RegularExpression.matches(pattern, "aaaa") == nil)
    }

    @Test(
        "A long pattern whose parts are repeated one after the other is matched",
        arguments: [
            String(repeating: "a+b*", count: 1000), "a{1,3}{2}" + String(repeating: "b?", count: 1000),
            String(repeating: "[+]", count: 40) + "|a", "a{1000}|a", "(a*)*b|(a?c)*|(b|)+|a{0,3}*",
            String(repeating: "\\+", count: 40) + "|a", String(repeating: "(b|a)+", count: 100),
        ])
    func longExpression(_ pattern: String) {
        let text = String(repeating: "a", count: 1000)
        #expect(RegularExpression.matches(pattern, text) == true)
    }
}
