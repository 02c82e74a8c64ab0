public import FastCGI
public import ServiceLifecycle

extension FastCGIServer: Service {
    /// Serves requests until graceful shutdown or cancellation, then finishes the running requests.
    ///
    /// It is the server's `run(isolation:)`, which ends at a cancellation only, for a `ServiceGroup`.
    ///
    /// - Throws: `ListeningSocketError`, `ConfigurationError` or `SystemCallError` before the first request.
    public func run() async throws {
        try await self.run(stopping: { operation, stop in
            try await withTaskCancellationOrGracefulShutdownHandler(
                operation: operation, onCancelOrGracefulShutdown: stop)
        })
    }
}
