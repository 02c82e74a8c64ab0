import ArgumentParser
import SignedLinks

/// The options of a link with a grant.
struct GrantOptions: ParsableArguments {
    /// The place of the token in the link.
    enum Place: String, ExpressibleByArgument, CaseIterable {
        case query, path, cookie
    }

    @Option(
        help: ArgumentHelp(
            "Print a link with a grant: its token is in the query or in the path, or the link is exchanged for a cookie (format hmac only).",
            valueName: "place"))
    var grant: Place?

    @Option(
        help: ArgumentHelp(
            "The files that the grant covers: 'films/7/*' for all below a folder, '*' for all; by default the path alone.",
            valueName: "pattern"))
    var covers: String?

    @Option(help: ArgumentHelp("The first moment in which the grant is valid, as for --expires.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("A name for the grant.", valueName: "id"))
    var id: String?

    @Option(
        name: .customLong("method"),
        help: ArgumentHelp("A permitted method, GET or HEAD; may be repeated. By default both.", valueName: "method"))
    var methods: [String] = []

    @Option(
        name: .customLong("network"),
        help: ArgumentHelp(
            "A network of clients, such as 203.0.113.0/24 or 2001:db8::/32; may be repeated.", valueName: "network"))
    var networks: [String] = []

    @Option(help: ArgumentHelp("attachment or inline: whether the file is saved or shown.", valueName: "disposition"))
    var disposition: String?

    @Option(help: ArgumentHelp("Bytes per second of each response.", valueName: "bytes"))
    var rate: UInt32?

    @Option(
        help: ArgumentHelp(
            "The version of the file for which the grant is: its ETag without the quotes, or 'current' for that of the file below SENDFILE_ROOT.",
            valueName: "version"))
    var fileVersion: String?

    @Option(
        help: ArgumentHelp(
            "The number of downloads for which the grant can be used: 1 for a link that works once. Needs SENDFILE_GRANT_LEDGER.",
            valueName: "number"))
    var uses: UInt32?

    /// The place of the token; `nil` for a link without a grant.
    ///
    /// - Throws: ``GateError`` for an option of a grant without `--grant`.
    func place() throws(GateError) -> GrantPlace? {
        switch self.grant {
        case .query: return .query
        case .path: return .path
        case .cookie: return .exchange
        case nil: break
        }
        for (name, isGiven) in [
            ("covers", self.covers != nil), ("from", self.from != nil), ("id", self.id != nil),
            ("method", !self.methods.isEmpty), ("network", !self.networks.isEmpty),
            ("disposition", self.disposition != nil), ("rate", self.rate != nil),
            ("uses", self.uses != nil), ("file-version", self.fileVersion != nil),
        ] where isGiven {
            throw GateError(.usage, "--\(name) has no effect: add --grant query, --grant path or --grant cookie")
        }
        return nil
    }

    /// The grant for a file.
    ///
    /// - Parameters:
    ///   - path: The file's path.
    ///   - expires: The end of the grant.
    ///   - now: The time from which `--from` counts.
    func grant(to path: String, expires: LinkTime, at now: LinkTime) throws(GateError) -> Grant {
        var grant = self.covers.map { Grant($0, expires: expires) } ?? Grant(.file(path), expires: expires)
        grant.id = self.id
        grant.uses = self.uses
        grant.methods = self.methods
        grant.bytesPerSecond = self.rate
        for text in self.networks {
            guard let network = Grant.Network(text) else {
                throw GateError(
                    .usage,
                    "--network is \(text.debugDescription), which is not a network such as 203.0.113.0/24 or 2001:db8::/32"
                )
            }
            grant.networks.append(network)
        }
        if let text = self.disposition {
            guard let disposition = Grant.Disposition(text) else {
                throw GateError(.usage, "--disposition is \(text.debugDescription), which is not attachment or inline")
            }
            grant.disposition = disposition
        }
        if let text = self.from {
            guard let from = LinkDuration(text) else {
                throw GateError(
                    .usage,
                    "--from is \(text.debugDescription), which is not \(LinkDuration.form), \(LinkDuration.endForm)")
            }
            grant.notBefore = from.end(from: now)
        }
        return grant
    }
}
