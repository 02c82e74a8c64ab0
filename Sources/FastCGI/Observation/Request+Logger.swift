public import Logging
import Sendfile

extension Request {
    /// A logger that says in each line which request it is about (`request`, see ``id``).
    ///
    /// Made at each call from the server's logger; a handler that logs more than once keeps it.
    public var logger: Logger {
        var logger = self.origin?.observer.logger ?? Logger(label: "FastCGI")
        logger[metadataKey: "request"] = "\(self.id)"
        return logger
    }

    /// The path as the client sent it, so that it can neither end a line of a log nor fill it.
    var printablePath: String { self.loggedPath.printable }
}
