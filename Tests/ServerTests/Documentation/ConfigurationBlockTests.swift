import Testing

/// Each server takes what the articles say is to be in its configuration; scripts are read by their own interpreters.
@Suite(.serialized) struct ConfigurationBlockTests {
    /// What cannot be read by anything that Debian has, by what stands in it.
    private static let foreign = [
        // Apache's mod_auth_token, which a reader comes from.
        "AuthTokenSecret",
        // Ruby is not needed for anything else.
        "use Rack::Sendfile",
    ]

    /// Blocks that nothing reads; a picture needs no language at all.
    private static let plain: Set = ["text", "console", "http", "ruby"]

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

    @Test("Every block says its language, and none but those named is left out") func languages() throws {
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
        "What a server would not take is noticed",
        arguments: [
            (.nginx, "locatoin / {\n}\n"), (.nginx, "alias /srv/reports\n"),
            (.lighttpd, "fastcgi.sevrer = ()\n"), (.lighttpd, "server.modules += ( \"mod_fastcgy\" )\n"),
            (.apache, "XSendFil on\n"), (.apache, "<Location \"/\">\n"), (.caddy, "reverse_proxi x\n"),
            (.haproxy, "fontend x\n"),
            (.sh, "if true; then\n"), (.python, "def f(:\n"), (.php, "function (\n"), (.javascript, "const = 1\n"),
        ] as [(ConfigurationLanguage, String)])
    func faults(_ language: ConfigurationLanguage, _ text: String) throws {
        #expect(try language.faults(in: text) != nil)
    }

    @Test("A unit with a section or a setting that systemd does not have is noticed")
    func units() throws {
        #expect(throws: Failure.self) { try SystemdUnits("[Servce]\nExecStart=/bin/true\n") }
        #expect(throws: Failure.self) { try SystemdUnits("[Service]\nExecStrat=/bin/true\n") }
        let both = try SystemdUnits("[Socket]\nListenStream=/run/x\n[Service]\nExecStart=/bin/true\n")
        #expect(Set(both.units.keys) == ["socket", "service"])
    }
}
