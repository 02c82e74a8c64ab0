import Sendfile

/// Sites with the Hummingbird application behind them.
enum HummingbirdSite {
    /// Every server, by header and by stream.
    static let deliveries = [WebServer.lighttpd, .nginx, .apacheFcgid, .apacheProxyFcgi, .caddy].flatMap {
        [Delivery(server: $0, streams: false), Delivery(server: $0, streams: true)]
    }

    private static let sites = Locked<[Delivery: Site]>([:])
    private static let program = Result {
        try Workspace.install("hummingbird-application", in: "\(Workspace.shared.path)/hummingbird")
    }

    /// The site of a delivery; started on first use, and shared by all tests.
    static func shared(_ delivery: Delivery) throws -> Site {
        try self.sites.withLock { sites in
            if let site = sites[delivery] { return site }
            let program = SiteProgram(
                path: try self.program.get(), root: try Workspace.shared.root, readyTarget: "/ready")
            let site = try Site(delivery, program: program)
            sites[delivery] = site
            return site
        }
    }
}
