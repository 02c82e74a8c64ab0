/// The facts about a request for the log, the counters, the metrics and the trace. It belongs to the holder of the connection.
struct RequestRecord {
    private var start = Instant.never
    /// The status of the response that is being written.
    var status = 0
    /// How much of a file had been written when it was given up.
    var fileBytes: Int64 = 0
    /// The values that are bound to the request's task.
    private(set) var scope: RequestScope?

    /// A request has come whole, or its head has.
    mutating func begin(_ request: Request, _ observer: ServerObserver) {
        self.start = .now
        self.scope = observer.requestBegan(request)
    }

    /// Makes a task beside the request's own, with what is bound to that.
    func inScope<Result>(_ makeTask: () -> Result) -> Result {
        guard let scope else { return makeTask() }
        return scope.bound(makeTask)
    }

    /// The lines for the web server's log. They go out with the end of the response.
    func takeErrorLines() -> [UInt8] { self.scope?.errorLines?.take() ?? [] }

    /// The response has been sent, or given up.
    mutating func end(
        _ request: Request, _ response: Response, _ observer: ServerObserver, bodyBytes: Int64, isComplete: Bool
    ) {
        if let downloads = observer.downloads, let file = response.requestedFile {
            downloads.record(
                Download(
                    of: file, request, response, status: self.status, sent: isComplete ? bodyBytes : self.fileBytes,
                    isComplete: isComplete, since: self.start))
        }
        observer.requestEnded(
            request, scope: self.scope, status: self.status, bodyBytes: bodyBytes, since: self.start,
            isComplete: isComplete)
        self.scope = nil
    }
}
