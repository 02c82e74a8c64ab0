/// The web servers' configurations on this machine, with their error logs before the first request.
struct LocalConfigurations {
    struct Local {
        let configuration: ServerConfiguration
        let route: Route
        let log: ErrorLogTail?
    }

    private let locals: [Local]
    private let url: URLText

    /// Reads the configurations of the web servers that listen on the URL's port.
    init(_ url: URLText, _ configurations: [ServerConfiguration] = ServerConfiguration.all) {
        self.url = url
        let request = RoutedRequest(url)
        self.locals = configurations.compactMap { configuration in
            guard let route = configuration.route(of: request) else { return nil }
            let log = configuration.errorLog(route).flatMap(ErrorLogTail.init)
            return Local(configuration: configuration, route: route, log: log)
        }
    }

    var isEmpty: Bool { self.locals.isEmpty }

    /// The web server that sent a response; the one that listens on the port if nothing was received.
    func server(of answer: Answer) -> FrontServer {
        let server = FrontServer([answer])
        // Apache passes on the field Server of the web server behind it.
        guard server == .unknown || self.local(of: server) == nil else { return server }
        // Another machine answered, and this one's configuration says nothing about it.
        if let peer = answer.peer, !LocalAddresses.contains(peer) { return server }
        if answer.status == 0, self.locals.count == 1 { return self.locals[0].configuration.server }
        // Another program answered through the web server that holds the port.
        let holders = (try? PortHolders.names(of: RoutedRequest(self.url).port, at: answer.peer)) ?? []
        let names = self.locals.map(\.configuration).filter { holders.contains($0.service) }
        return names.count == 1 ? names[0].server : server
    }

    /// The configuration of a web server that listens on the port.
    func local(of server: FrontServer) -> Local? { self.locals.first { $0.configuration.server == server } }

    /// Adds what the configuration and the log of the web server say about the first request.
    func describe(_ facts: inout Facts) {
        guard let local = self.local(of: facts.server) else { return }
        let target = facts.target
        let request = RoutedRequest(target.url.at(target.internalPrefix + target.pathBelowRoot), peer: facts.whole.peer)
        facts.configuration = local.configuration
        facts.route = local.configuration.route(of: RoutedRequest(self.url, peer: facts.whole.peer))
        facts.internalRoute = local.configuration.route(of: request)
        facts.staleFile = local.configuration.staleFile()
        facts.errorLog = local.log?.lines() ?? []
        // Other clients' requests are logged, too; nginx's lines name the request.
        if facts.server == .nginx { facts.errorLog.removeAll { !$0.contains(target.url.path) } }
        facts.log = local.log
    }
}
