/// What a connection tells the server's observer. To be called by whoever drives the connection.
extension Connection {
    /// A request has come whole, or its head has.
    func requestBegan(_ request: Request) {
        self.requestStart = .now
        self.scope = self.observer.requestBegan(request)
    }

    /// Handles a request with what is bound to its task.
    func serveInScope(_ assignment: RequestRunner.Assignment, _ handler: FastCGIServer.Handler) async {
        guard let scope else { return await self.serve(assignment.request, handler, refusal: assignment.refusal) }
        await scope.binding { await self.serve(assignment.request, handler, refusal: assignment.refusal) }
    }

    /// Makes a task besides the request's own, with what is bound to that.
    func inScope<Result>(_ makeTask: () -> Result) -> Result {
        guard let scope else { return makeTask() }
        return scope.bound(makeTask)
    }

    /// The response has been sent, or given up.
    func requestEnded(_ request: Request, _ response: Response, bodyBytes: Int64, isComplete: Bool) {
        if let downloads = self.observer.downloads, let file = response.requestedFile {
            downloads.record(
                Download(
                    of: file, request, response, status: self.sentStatus,
                    sent: isComplete ? bodyBytes : self.sentBytes, isComplete: isComplete, since: self.requestStart))
        }
        self.observer.requestEnded(
            request, scope: self.scope, status: self.sentStatus, bodyBytes: bodyBytes, since: self.requestStart,
            isComplete: isComplete)
        self.scope = nil
    }

    /// Puts the lines for the web server's log into libfcgi's stream. They go out with the end of the response.
    func putErrorLines() {
        guard let lines = self.scope?.errorLines?.take(), !lines.isEmpty else { return }
        self.library.putError(lines)
    }
}
