public import Logging
import Sendfile

extension Request {
    /// A logger that adds the number of the request (`request`, see ``id``) to each line.
    ///
    /// It is created from the server's logger at each call; keep it to log more than once.
    public var logger: Logger {
        var logger = self.origin?.observer.logger ?? Logger(label: "FastCGI")
        logger[metadataKey: "request"] = "\(self.id)"
        return logger
    }

    /// The path as the client sent it, escaped and truncated for a log line.
    var printablePath: String { self.loggedPath.printable }
}
