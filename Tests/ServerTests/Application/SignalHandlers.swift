import Glibc

/// The program's own signal handlers, which must not be replaced.
enum SignalHandlers {
    private static let signals = [SIGUSR1, SIGTERM, SIGPIPE]
    private static let ignore: @convention(c) (Int32) -> Void = { _ in }

    static func install() {
        for signal in self.signals { Glibc.signal(signal, self.ignore) }
    }

    /// The current handler of each signal.
    static var text: String {
        self.signals.map { signal in
            var action = sigaction()
            sigaction(signal, nil, &action)
            let handler = action.__sigaction_handler.sa_handler.map { unsafeBitCast($0, to: UInt.self) }
            return switch handler {
            case nil: "default"
            case unsafeBitCast(self.ignore, to: UInt.self): "own"
            default: "foreign"
            }
        }.joined(separator: " ")
    }
}
