import Testing

/// Each server loads the articles' configuration blocks; scripts are parsed by their interpreters.
@Suite(.serialized) struct ConfigurationBlockTests {
    /// Blocks that no program of Debian can read, by their content.
    private static let foreign = [
        // Apache's mod_auth_token, for readers who migrate from it.
        "AuthTokenSecret",
        // lighttpd's mod_secdownload, which Debian 12 and later do not contain.
        "mod_secdownload",
    ]

    /// Languages of blocks that are not checked; a diagram needs no language.
    private static let plain: Set = ["text", "console", "http"]

    private static var blocks: [CodeBlock] {
        get throws {
            try CodeBlock.all.filter { block in
                ConfigurationLanguage(rawValue: block.language) != nil
                    && !Self.foreign.contains(where: block.text.contains)
            }
        }
    }

    @Test("A block of configuration is loaded by its server", arguments: try Self.blocks)
    func loads(_ block: CodeBlock) throws {
        let language = try #require(ConfigurationLanguage(rawValue: block.language))
        let faults = try language.faults(in: block.text)
        #expect(faults == nil, "\(faults ?? "")")
    }

    /// Without the line, nginx takes the end of a connection for the end of a stream. An authorizer streams nothing.
    @Test("Every location of nginx that passes requests to a program sets fastcgi_keep_conn")
    func keepsConnections() throws {
        let folder = "\(CodeBlock.package)/conf/nginx"
        let texts =
            try CodeBlock.all.filter { $0.language == "nginx" }.map { ($0.testDescription, $0.text) }
            + Files.names(in: folder).map { ($0, try Files.text("\(folder)/\($0)")) }
        var count = 0
        for (name, text) in texts {
            let locations = text.matches(of: #/(?m)^ *fastcgi_pass /#).count
            let authorizers = text.matches(of: #/(?m)^ *fastcgi_param FCGI_ROLE AUTHORIZER/#).count
            let lines = text.matches(of: #/(?m)^ *fastcgi_keep_conn on;/#).count
            #expect(locations == authorizers + lines, "\(name)")
            count += lines
        }
        #expect(count > 10)
    }

    @Test("Every block has a language, and only the listed languages are not checked") func languages() throws {
        let blocks = try CodeBlock.all
        for block in blocks {
            let known =
                block.language == "swift" || ConfigurationLanguage(rawValue: block.language) != nil
                || Self.plain.contains(block.language) || block.language.isEmpty && block.text.contains("──")
            #expect(known, "\(block.testDescription) is in the language \"\(block.language)\"")
        }
        for text in Self.foreign { #expect(blocks.contains { $0.text.contains(text) }, "no longer there: \(text)") }
    }

    @Test(
        "An invalid block is detected",
        arguments: [
            (.nginx, "locatoin / {\n}\n"), (.nginx, "alias /srv/reports\n"),
            (.lighttpd, "fastcgi.sevrer = ()\n"), (.lighttpd, "server.modules += ( \"mod_fastcgy\" )\n"),
            (.apache, "XSendFil on\n"), (.apache, "<Location \"/\">\n"), (.caddy, "reverse_proxi x\n"),
            (.haproxy, "fontend x\n"),
            (.sh, "if true; then\n"), (.python, "def f(:\n"), (.php, "function (\n"), (.javascript, "const = 1\n"),
            (.ruby, "def f(\n"),
        ] as [(ConfigurationLanguage, String)])
    func faults(_ language: ConfigurationLanguage, _ text: String) throws {
        #expect(try language.faults(in: text) != nil)
    }

    @Test("A unit with an unknown section or setting is detected")
    func units() throws {
        #expect(throws: Failure.self) { try SystemdUnits("[Servce]\nExecStart=/bin/true\n") }
        #expect(throws: Failure.self) { try SystemdUnits("[Service]\nExecStrat=/bin/true\n") }
        let both = try SystemdUnits("[Socket]\nListenStream=/run/x\n[Service]\nExecStart=/bin/true\n")
        #expect(Set(both.units.keys) == ["socket", "service"])
    }
}
