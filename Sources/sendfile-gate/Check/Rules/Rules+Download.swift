extension Rules {
    static let permissions: Rule = { facts, _ in
        guard let access = facts.access else {
            return .skipped(.permissions, "the web server's user is unknown: use --user NAME")
        }
        let name = access.user.name
        guard let first = access.obstacles.first else {
            if let path = access.unknown.first {
                return .skipped(
                    .permissions, "the permissions of \(path) are not accessible; run this as a user who can read them")
            }
            if let survey = facts.survey, let first = survey.obstacles.first {
                let what = first.obstacle.isDirectory ? "enter the directory" : "read the file"
                return .warn(
                    .permissions,
                    "\(name) can read the file, but \(first.user.name) cannot \(what) \(first.obstacle.path), and \(survey.number - 1) more of \(survey.count)",
                    .closedToServer, facts,
                    remedy: survey.obstacles.map {
                        $0.obstacle.path + ": "
                            + ($0.user.id == access.user.id
                                ? $0.obstacle.remedy(for: $0.user) : $0.obstacle.remedyForProgram(true))
                    })
            }
            if let survey = facts.survey, let first = survey.leaving.first {
                return .warn(
                    .permissions,
                    "\(first.link) leads out of the root, to \(first.target): its files are answered with 404",
                    .leavesRoot, facts, remedy: survey.leaving.map(RootSurvey.remedy))
            }
            return .pass(.permissions, "\(name) can read the file")
        }
        let title = "\(name) cannot \(first.isDirectory ? "enter the directory" : "read the file") \(first.path)"
        // Where more is closed than this file, one command for all of it.
        let others = (facts.survey?.number ?? 0) - access.obstacles.count
        let whole =
            others > 1
            ? [
                "chmod -R o+rX \(facts.target.shownRoot.quotedForShell)   (\(others) more below it cannot be entered or read)"
            ]
            : []
        let remedy = whole + access.obstacles.map { $0.remedy(for: access.user, and: facts.units?.account) }
        // The program streams, or the web server runs as another user.
        if facts.whole.isFile(facts.target.file.size) {
            return .warn(.permissions, "\(title), but the file is received", .closedToServer, facts, remedy: remedy)
        }
        return .fail(.permissions, title, .closedToServer, facts, remedy: remedy)
    }

    static let socket: Rule = { facts, _ in
        if facts.units?.failure != nil || facts.units?.refusedSetting != nil || facts.isKeptFromStarting {
            return .skipped(.socket, "the program does not start")
        }
        if facts.whole.status == 200, let units = facts.units, let problem = units.problems.first {
            return .warn(
                .socket, "the gate runs, and systemd cannot start it again", .notStarted, facts,
                remedy: [problem] + Trail.deviations(of: units) + [Diagnosis.restart(units)])
        }
        if facts.whole.status == 200, let units = facts.units, units["service", "ActiveState"] == "activating",
            !units.suspects.isEmpty
        {
            return .warn(
                .socket, "the gate runs, but does not tell systemd that it has started, so systemd ends it soon",
                .notStarted,
                facts, remedy: units.suspects + [Diagnosis.restart(units)])
        }
        if facts.socket == .missing || facts.socket == .deaf, let path = facts.socketPath, let units = facts.units,
            units.socketListens, let other = units.sockets.first, !units.sockets.contains(path)
        {
            return .fail(
                .socket, "\(facts.server.title) connects to \(path), and the gate listens at \(other)", .otherSocket,
                facts)
        }
        return switch facts.socket {
        case nil: .skipped(.socket, "--socket PATH was not given")
        case .listens: .pass(.socket, "the program listens")
        case .missing: .fail(.socket, "the socket does not exist", .socketMissing, facts)
        case .noSocket: .fail(.socket, "the file at the socket's path is not a socket", .socketMissing, facts)
        case .deaf: .fail(.socket, "the socket exists but no process listens", .programNotRunning, facts)
        case .closed(let user):
            .fail(.socket, "\(user) has no permission to connect to the socket", .socketClosed, facts)
        case .unknown(let reason): .skipped(.socket, "the socket cannot be tested: \(reason)")
        }
    }

    static let status: Rule = { facts, findings in
        let answer = facts.whole
        let status = answer.status
        if status == 200 { return .pass(.status, "200 from \(facts.server.title)") }
        if let cause = Self.cause(of: status, findings) ?? findings.first(failedOf: [.limit, .behind]) {
            return .skipped(.status, "\(status); follows from \(cause.rawValue)")
        }
        if let finding = Self.hidden(facts) { return finding }
        if let access = facts.programAccess, let first = access.obstacles.first {
            return .fail(
                .status,
                "\(status), and the program, as user \(access.user.name), cannot "
                    + (first.isDirectory ? "enter the directory \(first.path)" : "read the file \(first.path)"),
                .closedToProgram, facts)
        }
        if let setting = facts.units?.refusedSetting {
            return .fail(
                .status, "\(status) instead of 200, and systemd cannot start the program: \(setting)", .notStarted,
                facts)
        }
        // nginx answers 502 where it does not reach the program.
        let isRule = status == 503 && FrontServer.author(ofErrorPage: answer) == .nginx
        if let words = facts.programWords, status >= 500 && !isRule || status == 0 {
            return .fail(
                .status,
                "\(status) instead of 200, and the program "
                    + (facts.wordsAreOutdated ? "does not run; its last message is: \(words)" : "says: \(words)"),
                .programFailed, facts)
        }
        if facts.isKeptFromStarting {
            return .fail(
                .status, "\(status) instead of 200, and \(facts.units?.outcome ?? "the gate does not start")",
                .notStarted,
                facts)
        }
        if let access = facts.secretAccess, !access.obstacles.isEmpty, status >= 500 || status == 0 {
            return .fail(
                .status, "\(status) instead of 200, and \(access.user.name) cannot read the gate's secret",
                .secretUnreadable,
                facts)
        }
        if status == 404, let target = facts.target.fileOutsideRoot {
            return .fail(.status, "404, and the file is really \(target)", .leavesRoot, facts)
        }
        if status == 0 {
            let isSlow = answer.problem?.contains("timed out") ?? false
            let isClosed =
                facts.route?.directives.contains {
                    $0.name == "return" && $0.words.first == "444" || $0.name == "abort"
                } ?? false
            return .fail(
                .status, "no response (\(answer.problem ?? "nothing"))",
                isSlow ? .programSlow : isClosed ? .closedByRule : .programUnreachable, facts)
        }
        let author = FrontServer.author(ofErrorPage: answer)
        let whose = author.map { "\($0.title)'s own page" } ?? "not the web server's own page"
        let title = "\(status) instead of 200 (\(whose))"
        return .fail(.status, title, Diagnosis(status: status, isServersOwn: author != nil, facts), facts)
    }

    /// The gate, or the web server, has another directory than this machine's, or another setting.
    private static func hidden(_ facts: Facts) -> Finding? {
        let status = facts.whole.status
        guard [403, 404, 500].contains(status), facts.target.gate != nil else { return nil }
        let isGates = FrontServer.author(ofErrorPage: facts.whole) == nil
        if isGates, let view = facts.programView {
            return .fail(.status, "\(status), and the gate does not see \(view.hidden)", .hiddenFromProgram, facts)
        }
        if !isGates, let view = facts.serverView, facts.units?.failure == nil {
            return .fail(
                .status, "\(status), and \(facts.server.title) does not see \(view.hidden)", .hiddenFromServer, facts)
        }
        guard isGates, let root = facts.runningRoot, let own = facts.target.root,
            CheckedFile.resolved(root) ?? root != CheckedFile.resolved(own) ?? own
        else { return nil }
        return .fail(
            .status, "\(status), and the gate has another SENDFILE_ROOT than these settings", .otherRoot, facts)
    }

    /// The failed check that explains a status.
    private static func cause(of status: Int, _ findings: Findings) -> CheckID? {
        switch status {
        case 403, 404: findings.first(failedOf: [.link, .permissions])
        case 0, 500...504: findings.first(failedOf: [.socket])
        case 410: findings.first(failedOf: [.clock, .link])
        case 300..<500: findings.first(failedOf: [.link, .leak])
        default: findings.first(failedOf: [.leak])
        }
    }

    static let bytes: Rule = { facts, findings in
        let (answer, size) = (facts.whole, facts.target.file.size)
        if answer.isFile(size) { return .pass(.bytes, "all \(size) bytes are the file's") }
        if let cause = findings.first(failedOf: [.status, .link]) {
            return .skipped(.bytes, "follows from \(cause.rawValue)")
        }
        if answer.length == 0, let cause = findings.first(failedOf: [.leak, .permissions, .socket]) {
            return .skipped(.bytes, "no bytes were received; follows from \(cause.rawValue)")
        }
        if answer.status != 200 { return .skipped(.bytes, "the status is \(answer.status)") }
        if let problem = answer.problem {
            return .fail(
                .bytes, "the response broke off after \(answer.length) of \(size) bytes (\(problem))", .brokenOff, facts
            )
        }
        if answer.length == 0 {
            return .fail(.bytes, "0 bytes instead of \(size), and no header that explains it", .headerSwallowed, facts)
        }
        guard let difference = answer.difference else {
            return .fail(.bytes, "only \(answer.length) of \(size) bytes", .brokenOff, facts)
        }
        if answer.isPage, !facts.target.file.name.contains(".htm") {
            return .fail(.bytes, "a page of \(answer.length) bytes instead of the file's \(size)", .pageInstead, facts)
        }
        let title = "\(answer.length) bytes instead of the file's \(size): they differ from byte \(difference) on"
        return .fail(.bytes, title, .otherFile, facts)
    }

    static let protected: Rule = { facts, findings in
        if facts.head == nil, let skip = findings.skip(.protected) { return skip }
        guard let answer = facts.anonymous else {
            if facts.limit != nil { return .skipped(.protected, Self.whyNotRequested(facts)) }
            return .skipped(.protected, "no --header was given: every client that knows the URL gets the file")
        }
        if facts.target.gate != nil, findings.failed(.link) { return .skipped(.protected, "follows from link") }
        if answer.gives(facts.target.file.size) {
            return .fail(
                .protected,
                facts.target.gate == nil
                    ? "the file is sent without the given headers, too" : "the file is sent without a signature, too",
                .unprotected, facts)
        }
        if let mistaken = facts.mistaken, mistaken.gives(facts.target.file.size) {
            return .fail(
                .protected, "the file is sent to the same user with another password, too", .anyPassword, facts)
        }
        if let skip = findings.skip(.protected) { return skip }
        let mistaken = facts.mistaken.map { ", with another password \($0.status)" } ?? ""
        let what = facts.target.gate == nil ? "the given headers" : "a signature"
        return .pass(.protected, "without \(what) the status is \(answer.status)\(mistaken)")
    }

    static let sender: Rule = { facts, findings in
        if let skip = findings.skip(.sender) { return skip }
        guard facts.target.activity != nil else {
            return .skipped(
                .sender, "not visible from outside: use --program PATH or --pid NUMBER, on the same machine")
        }
        guard let transfer = [facts.transfer, facts.largeTransfer].compactMap({ $0 }).last else {
            return .skipped(.sender, "no such process, or this user cannot read its /proc/PID/io")
        }
        guard transfer.size >= 8192 else {
            return .skipped(.sender, "\(transfer.size) bytes are too few to measure; use a larger file")
        }
        let numbers = "the program wrote \(transfer.written) bytes for \(transfer.size) of the file"
        if transfer.written < transfer.size / 2 { return .pass(.sender, "the web server: \(numbers)") }
        return .warn(.sender, "the program: it wrote \(transfer.written) bytes", .streamed, facts)
    }

    static let largeFile: Rule = { facts, findings in
        if let skip = findings.skip(.largeFile) { return skip }
        let transfers = [facts.largeTransfer, facts.transfer].compactMap { $0 }
        guard let transfer = transfers.first(where: { $0.size >= Facts.largeSize }) else {
            return .skipped(
                .largeFile, "needs a file of 4 MiB or more and --program or --pid (or --write-test-files)")
        }
        guard transfer.isRight else {
            return .fail(.largeFile, "\(transfer.size) bytes did not arrive completely", .brokenOff, facts)
        }
        let numbers = "of \(transfer.size) bytes the program wrote \(transfer.written)"
        if transfer.written < transfer.size / 16 { return .pass(.largeFile, numbers) }
        return .warn(.largeFile, numbers, .streamed, facts)
    }
}
