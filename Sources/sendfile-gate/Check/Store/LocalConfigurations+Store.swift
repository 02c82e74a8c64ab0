import Glibc

extension LocalConfigurations {
    /// The configurations of the usual places, and those that a running nginx was started with (`nginx -c FILE`).
    static func running(_ url: URLText) -> LocalConfigurations {
        let usual = ServerConfiguration.all
        let named = Set(ServerProcesses.all(of: .nginx).compactMap { Self.file(of: $0.process) })
        let others = named.subtracting(usual.map(\.file)).sorted().compactMap {
            ServerConfiguration(of: .nginx, at: $0)
        }
        return LocalConfigurations(url, others + usual)
    }

    /// The file after `-c` in the title of nginx's master process, below the prefix after `-p`.
    private static func file(of process: pid_t) -> String? {
        guard var text = ConfigurationText(of: "/proc/\(process)/cmdline") else { return nil }
        let words = text.take { _ in true }.split { $0 == " " || $0 == "\0" }
        func value(_ option: Substring) -> String? {
            words.firstIndex(of: option).flatMap { $0 + 1 < words.count ? String(words[$0 + 1]) : nil }
        }
        guard words.contains("master"), let file = value("-c") else { return nil }
        return file.hasPrefix("/") ? file : value("-p").map { "\($0)/\(file)" }
    }

    /// Adds what the configuration and the log of the web server say about the requests.
    func describe(_ facts: inout StoreFacts) {
        guard let local = self.local(of: facts.server) else { return }
        let location = RoutedRequest(facts.gate.base.at(facts.settings.internalURL), peer: facts.front.peer)
        facts.route = local.configuration.route(of: RoutedRequest(facts.gate.base, peer: facts.front.peer))
        facts.internalRoute = local.configuration.route(of: location)
        facts.errorLog = local.log?.lines() ?? []
    }
}
