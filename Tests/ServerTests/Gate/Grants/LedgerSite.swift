import SendfileJSON
import SignedLinks
import Testing

@testable import sendfile_gate

/// A ledger, and gates that use it.
struct LedgerSite {
    /// The value of `SENDFILE_GRANT_LEDGER`.
    let ledger: String
    let sites: [GateSite]

    /// Starts a gate behind each server, all of them with one new ledger in a file.
    init(_ servers: WebServer..., settings: [String: String] = [:]) throws {
        try self.init(
            ledger: "sqlite:\(Workspace.shared.makeDirectory("ledger"))/grants.sqlite", servers, settings)
    }

    init(ledger: String, _ servers: [WebServer], _ settings: [String: String]) throws {
        self.ledger = ledger
        self.sites = try servers.map {
            try GrantSite.site($0, settings.merging(["SENDFILE_GRANT_LEDGER": ledger]) { $1 })
        }
    }

    /// The file of the ledger.
    var path: String { String(self.ledger.dropFirst("sqlite:".count)) }

    var client: HTTPClient { self.sites[0].client }

    /// The end of the URL of `plain.txt`, for all gates.
    static func target(_ id: String, path: String = "plain.txt", uses: UInt32?) throws -> String {
        "/\(path)?grant=\(try GrantSite.token(path) { ($0.id, $0.uses) = (id, uses) })"
    }

    /// Lets clients with addresses of their own send a GET request to the gates in turn, all at once.
    ///
    /// - Returns: The numbers of the clients by the status of their response; 0 is that of none.
    func ask(_ target: String, clients: ClosedRange<Int> = 2...65) throws -> [Int: Set<Int>] {
        let script = """
            for client in $(seq \(clients.lowerBound) \(clients.upperBound)); do
                eval "url=\\${$((client % $# + 1))}"
                curl -s -o /dev/null -w "%{http_code} $client\\n" --interface "127.0.0.$client" "$url" &
            done
            wait
            """
        let urls = self.sites.map { "http://127.0.0.1:\($0.port)\(target)" }
        let log = "\(try Workspace.shared.makeDirectory("clients"))/log"
        let process = try ChildProcess(["sh", "-c", script, "sh"] + urls, log: log)
        guard try process.waitForEnd() == .exited(0) else { throw Failure(try Files.text(log)) }
        var found: [Int: Set<Int>] = [:]
        for line in try Files.text(log).split(separator: "\n") {
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            guard numbers.count == 2 else { throw Failure("\(line)") }
            found[numbers[0], default: []].insert(numbers[1])
        }
        return found
    }

    /// Runs `sendfile-gate grants`.
    func grants(_ arguments: String...) throws -> GateRun {
        // With the password of a server.
        let settings = self.sites[0].setup.settings.filter { $0.key.hasPrefix("SENDFILE_GRANT_LEDGER") }
        return try GateRun(["grants"] + arguments, environment: settings)
    }

    /// The line of a grant, as `grants list` prints it as JSON.
    func line(_ id: String) throws -> JSONText? {
        let run = try self.grants("list", "--json")
        guard run.end == .exited(0) else { throw Failure(run.errors) }
        return run.output.split(separator: "\n").compactMap { JSONText(Array($0.utf8)[...]) }.first {
            $0["id"]?.text == id
        }
    }

    /// The state of a grant, as `grants list` prints it.
    func state(_ id: String) throws -> String? { try self.line(id)?["state"]?.text }

    /// The number of uses of a grant that the ledger has.
    func uses(_ id: String) throws -> Int? { try self.line(id)?["uses"]?.count.map { Int($0) } }
}
