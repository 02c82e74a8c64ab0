import SystemPackage

/// Sending single requests.
extension Examination {
    /// The number of body bytes after which it is certain that the body is the file.
    static let enough = 65_536

    /// Sends a request, again after a pause if the web server limits their rate.
    func ask(_ question: Question, comparingWith file: FileDescriptor? = nil) async throws -> Answer {
        var pauses = 0
        while true {
            let answer = try await self.curl.ask(question, comparingWith: file ?? self.target.file.descriptor)
            // The first response was none of these.
            guard answer.status == 429 || answer.status == 503 else { return answer }
            if pauses > 0, try await self.isOwnStatus(of: question) { return answer }
            guard try await self.pace.pause() else { throw Limited(answer: answer) }
            pauses += 1
        }
    }

    /// Whether the status is that of this URL, and not due to the rate of requests: the download itself is answered at the same time.
    private func isOwnStatus(of question: Question) async throws -> Bool {
        guard question.url.path != self.target.url.path else { return false }
        let download = Question(
            label: "GET", url: self.target.url, headers: self.target.headers, enough: Self.enough)
        let status = try await self.curl.ask(download).status
        return status != 429 && status != 503
    }

    /// Whether the first response is due to a limit.
    func isLimit(_ whole: Answer, _ facts: Facts) -> Bool {
        whole.status == 429 || whole.status == 503 && facts.errorLog.contains { $0.contains("limiting ") }
    }

    func ask(
        _ label: String, method: String = "GET", at url: URLText? = nil, with headers: [String] = [], offset: Int = 0,
        enough: Int? = Self.enough
    ) async throws -> Answer {
        try await self.ask(
            Question(
                label: label, url: url ?? self.target.url(for: method), method: method,
                headers: self.target.headers + headers,
                offset: offset, enough: enough))
    }

    /// Requests these paths, eight at a time, without the given header fields.
    func ask(_ paths: [String], label: String) async throws -> [Answer] {
        let questions = paths.map { Question(label: label, url: self.target.url.at($0), enough: Self.enough) }
        return try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            var answers = [Answer?](repeating: nil, count: questions.count)
            var next = 0
            func add() {
                guard next < questions.count else { return }
                let index = next
                next += 1
                group.addTask { (index, try await self.ask(questions[index])) }
            }
            for _ in 0..<8 { add() }
            while let (index, answer) = try await group.next() {
                answers[index] = answer
                add()
            }
            return answers.compactMap { $0 }
        }
    }

    /// Sends a request and counts the bytes that the program writes meanwhile.
    func transfer(
        _ question: Question, comparingWith file: FileDescriptor? = nil, size: Int? = nil
    ) async throws -> (Answer, Facts.Transfer?) {
        let before = self.target.activity?.bytesWritten ?? [:]
        let answer = try await self.curl.ask(question, comparingWith: file ?? self.target.file.descriptor)
        let after = self.target.activity?.bytesWritten ?? [:]
        guard !after.isEmpty else { return (answer, nil) }
        let size = size ?? self.target.file.size
        return (
            answer,
            Facts.Transfer(
                size: size, written: ProgramActivity.difference(before, after), isRight: answer.isFile(size))
        )
    }
}
