import FastCGI
import Glibc
import Testing

/// Signals are the whole process's: no other test may run a service meanwhile.
@Suite(.serialized) struct SignalTests {
    private static func handler(of signal: Int32) -> UInt {
        var action = sigaction()
        sigaction(signal, nil, &action)
        return action.__sigaction_handler.sa_handler.map { unsafeBitCast($0, to: UInt.self) } ?? 0
    }

    @Test("One signal ends all services of a process, and the signal handlers are restored") func signals() async throws
    {
        let before = Self.handler(of: SIGUSR1)
        // The second round must not end because of the first one's signal.
        for _ in 0..<2 {
            let directory = ScratchDirectory.make()
            let paths = ["a", "b"].map { "\(directory)/\($0)" }
            try await withThrowingTaskGroup { group in
                for path in paths {
                    group.addTask {
                        var configuration = FastCGIServer.Configuration()
                        configuration.listen = .unix(path: path)
                        configuration.workers = 2
                        try await FastCGIServer(configuration: configuration) { Response(body: .string($0.path)) }
                            .runService()
                    }
                }
                for path in paths {
                    try await RunningServer.wait { (try? Peer(connectingTo: path)) != nil }
                    #expect(try Peer(connectingTo: path).request("GET", "/x").body == Array("/x".utf8))
                }
                #expect(Self.handler(of: SIGUSR1) != before)
                kill(getpid(), SIGUSR1)
                try await group.waitForAll()
            }
            #expect(Self.handler(of: SIGUSR1) == before)
            rmdir(directory)
        }
    }
}
