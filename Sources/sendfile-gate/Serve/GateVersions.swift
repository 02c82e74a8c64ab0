import FastCGI
import Glibc
import GrantLedgerSQLite

/// The versions of what a gate runs on, for the page with the numbers.
enum GateVersions {
    static func details(of request: Request, isSQLite: Bool) -> [ServerStatistics.Detail] {
        var details: [ServerStatistics.Detail] = []
        // Asked over the socket, there is no web server.
        if let server = request.serverParameter("SERVER_SOFTWARE") { details.append(.init("web_server", server)) }
        details.append(.init("system", Self.system))
        if isSQLite { details.append(.init("sqlite", SQLiteGrantLedger.libraryVersion)) }
        return details
    }

    /// The kernel's name and release.
    private static let system: String = {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        func text<Field>(_ field: Field) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return "\(text(name.sysname)) \(text(name.release))"
    }()
}
