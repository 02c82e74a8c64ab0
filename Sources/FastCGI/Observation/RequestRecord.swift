/// The facts about a request for the log, the counters, the metrics and the trace. It belongs to the holder of the connection.
struct RequestRecord {
    private var start = Instant.never
    /// The status of the response that is being written.
    var status = 0
    /// The id of the download; `nil` if the response has none.
    var downloadID: String?
    /// The number of a file's bytes that were written before its response was abandoned.
    var fileBytes: Int64 = 0
    /// The values that are bound to the request's task.
    private(set) var scope: RequestScope?

    /// Begins the record when the request, or its head, has arrived completely.
    mutating func begin(_ request: Request, _ observer: ServerObserver) {
        self.start = .now
        self.scope = observer.requestBegan(request)
    }

    /// Creates another task with the values that are bound to the request's task.
    func inScope<Result>(_ makeTask: () -> Result) -> Result {
        guard let scope else { return makeTask() }
        return scope.bound(makeTask)
    }

    /// Removes the lines for the web server's log, which are sent with the end of the response.
    func takeErrorLines() -> [UInt8] { self.scope?.errorLines?.take() ?? [] }

    /// Ends the record when the response has been sent or abandoned.
    mutating func end(
        _ request: Request, _ response: Response, _ observer: ServerObserver, bodyBytes: Int64, isComplete: Bool
    ) {
        if let file = response.requestedFile {
            let share = FileShare(of: file, request.method, response, status: self.status)
            if share.isDelegated || share.isStreamed { observer.counters.download(bytes: share.bytes) }
        }
        if let downloads = observer.downloads, let file = response.requestedFile {
            downloads.record(
                Download(
                    of: file, request, response, id: self.downloadID, status: self.status,
                    sent: isComplete ? bodyBytes : self.fileBytes,
                    isComplete: isComplete, since: self.start))
        }
        observer.requestEnded(
            request, scope: self.scope, status: self.status, bodyBytes: bodyBytes, since: self.start,
            isComplete: isComplete)
        self.scope = nil
    }
}
