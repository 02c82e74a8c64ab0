/// Asks whether the gate answers at the URL of a setup.
struct GateProbe {
    let url: String

    /// The time for which every answer must be the gate's: after a reload, a web server's old processes also accept
    /// connections for a moment, at nginx 0.1 s.
    private static let confirmations = 10
    private static let loopback = "127.0.0.1"
    private static let pause = Duration.milliseconds(100)

    /// Waits until the gate answers at the URL. If it does not answer in 10 seconds, and not at this machine's loopback
    /// address either, check says why.
    ///
    /// - Parameter hasReloaded: Whether the web server has just read its configuration again.
    /// - Returns: The address to which check must connect: `nil` for that of the URL's host, or the loopback address if the
    ///   host's name does not lead to this machine.
    func address(hasReloaded: Bool) async throws -> String? {
        let wanted = hasReloaded ? Self.confirmations : 1
        if try await self.isConfirmed(wanted, within: .seconds(10), at: nil) { return nil }
        return try await self.isConfirmed(wanted, within: .seconds(3), at: Self.loopback) ? Self.loopback : nil
    }

    /// Whether this machine's web server passes the URL to the gate.
    func isServed() async throws -> Bool { try await self.isConfirmed(1, within: .zero, at: Self.loopback) }

    /// The https URL of the same host to which this machine redirects the URL, as for all requests of a site.
    func redirect() async throws -> String? {
        let command = [
            "curl", "--disable", "--silent", "--max-time", "5", "--connect-to", "::\(Self.loopback):", "--output",
            "/dev/null",
            "--write-out", "%{redirect_url}", "\(self.url)/",
        ]
        guard let target = try await CommandRun(command)?.output, let rest = self.url.firstRange(of: "://") else {
            return nil
        }
        return target.hasPrefix("https://\(self.url[rest.upperBound...])/") ? target : nil
    }

    /// Asks until this many successive answers are the gate's.
    private func isConfirmed(_ wanted: Int, within limit: Duration, at address: String?) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        var count = 0
        while true {
            switch try await self.answer(at: address) {
            case .gate: count += 1
            case .other: count = 0
            case .unknownHost: return false
            }
            if count == wanted { return true }
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: Self.pause)
        }
    }

    private enum Answer {
        case gate
        case other
        case unknownHost
    }

    private func answer(at address: String?) async throws -> Answer {
        var command = ["curl", "--disable", "--silent", "--show-error", "--insecure", "--max-time", "5"]
        if let address { command += ["--connect-to", "::\(address):"] }
        guard let run = try await CommandRun(command + ["\(self.url)/"]) else { return .unknownHost }
        if run.output.contains("The link is incomplete or invalid") { return .gate }
        // curl(1): status 6, "Could not resolve host".
        return run.output.contains("curl: (6)") ? .unknownHost : .other
    }
}
