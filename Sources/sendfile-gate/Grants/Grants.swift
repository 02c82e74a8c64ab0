import ArgumentParser
import SignedLinks

/// Reads the ledger of grants, and revokes grants.
struct Grants: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List grants that were used, and revoke grants.",
        discussion: """
            Uses the ledger of serve (SENDFILE_GRANT_LEDGER): run it with the same environment or the same --config, as a user that \
            can write the ledger.

              sendfile-gate grants list
              sendfile-gate grants show share-42
              sendfile-gate grants revoke share-42
              sendfile-gate grants revoke --issued-before 2026-11-21T15:04:05Z

            The ledger knows a grant from its first use, or from its revocation. A grant without an id is not listed, and ends only \
            with --issued-before.

            EXIT STATUS

              0   done
              64  invalid usage
              65  the ledger is damaged, or a file of another program
              69  the ledger does not exist, cannot be reached, or is locked
              74  writing to standard output failed
              78  invalid setting, or no ledger
            """,
        subcommands: [List.self, Show.self, Revoke.self])

    /// The ledger of the settings.
    static func ledger(_ option: SettingsOption) throws(GateError) -> any GrantLedger {
        let source = try SettingsSource.process(file: option.file)
        do throws(GateError) {
            guard let settings = try LedgerSettings(source) else {
                throw GateError(
                    .configuration,
                    "\(LedgerSettings.ledger) is not set; set it to the ledger of serve, in the environment or with --config"
                )
            }
            return try settings.open(isCreated: false)
        } catch {
            throw error.located(in: source.places)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the grants that were used or revoked.",
            discussion: """
                A line is all grants with one id:

                  STATE  active; revoked; used up: as many uses have begun as the grant permits; or expired
                  USES   the number of uses that have begun, and the limit

                The ledger forgets a grant a day after its expiry, unless it was revoked.
                """)

        @Flag(help: "Write a JSON object for each grant.")
        var json = false

        @OptionGroup var source: SettingsOption

        func run() async throws {
            try await Gate.run {
                let records = try await Grants.ledger(self.source).records()
                try GrantOutput.print(
                    (self.json ? [] : [GrantOutput.heading]) + records.map { GrantOutput.line($0, json: self.json) })
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the uses of a grant.",
            discussion: """
                The line of the grant, and a line for each use, the newest first: its begin, the client, and the file of its first \
                request. Of a grant without a limit, the newest thousand are kept. The exit status is 69 if the ledger does not know \
                the grant.
                """)

        @Argument(help: "The id of the grant.")
        var id: String

        @Flag(help: "Write a JSON object for each use.")
        var json = false

        @OptionGroup var source: SettingsOption

        func run() async throws {
            try await Gate.run {
                guard let record = try await Grants.ledger(self.source).record(of: self.id) else {
                    throw GateError(
                        .unavailable, "the ledger has no grant \(self.id.debugDescription): it was not used yet")
                }
                var lines = self.json ? [] : [GrantOutput.heading, GrantOutput.line(record, json: false), "\n"]
                if !self.json { lines.append(GrantOutput.useHeading) }
                try GrantOutput.print(lines + record.details.map { GrantOutput.line($0, of: record, json: self.json) })
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke grants, for ever.",
            discussion: """
                From the next request on, serve refuses these grants with 410. A response that has begun is sent to its end.
                """)

        @Argument(help: "The ids of the grants, which need not have been used.")
        var ids: [String] = []

        @Option(
            help: ArgumentHelp(
                "Revoke all grants that were issued before this time, or do not say when: @ and seconds since 1970, a date such as 2027-01-31 (the end of the day) or 2027-01-31T18:00; or now.",
                valueName: "time"))
        var issuedBefore: String?

        @OptionGroup var source: SettingsOption

        func run() async throws {
            try await Gate.run {
                let time = try self.time()
                guard !self.ids.isEmpty || time != nil else {
                    throw GateError(.usage, "name the grants to revoke, or --issued-before")
                }
                if let id = self.ids.first(where: { !Grant.isID($0) }) {
                    throw GateError(
                        .usage,
                        "\(id.debugDescription) is not the id of a grant: at most 64 letters, digits, -, ., _ and ~")
                }
                let ledger = try Grants.ledger(self.source)
                for id in self.ids { try await ledger.revoke(id) }
                if let time { try await ledger.revokeAll(before: time) }
            }
        }

        private func time() throws(GateError) -> LinkTime? {
            guard let text = self.issuedBefore else { return nil }
            // Grants of this very second, too.
            if text == "now" { return .now + .seconds(1) }
            guard case .until(let time) = LinkDuration(text) else {
                throw GateError(
                    .usage, "--issued-before is \(text.debugDescription), which is not now, \(LinkDuration.endForm)")
            }
            return time
        }
    }
}
