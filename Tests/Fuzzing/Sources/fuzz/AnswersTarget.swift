@testable import GateReaders

/// Answers of other servers, as `check` reads them.
enum AnswersTarget {
    static func run(_ input: Input) {
        var input = input
        let seed = input.byte()
        switch seed % 4 {
        case 0: Self.urls(input.restText)
        case 1: Self.logs(input.restText)
        case 2: Self.units(input.restText)
        default: Self.answer(Array(input.rest), seed)
        }
    }

    /// The same answer arrives in one chunk and in many, and no field contains a line end.
    private static func answer(_ bytes: [UInt8], _ seed: UInt8) {
        var (whole, pieces) = (AnswerReader(), AnswerReader())
        let body = Array(whole.take(bytes))
        let parts = Chunks(bytes, seed: seed).flatMap { pieces.take($0) }
        require(
            whole.status == pieces.status && body == parts,
            "\(whole), \(body) in one chunk, \(pieces), \(parts) in many")
        require(
            whole.fields.map(\.name) == pieces.fields.map(\.name)
                && whole.fields.map(\.value) == pieces.fields.map(\.value), "\(whole.fields), but \(pieces.fields)")
        for field in whole.fields {
            require(
                !field.name.utf8.contains(0x0A) && !field.value.utf8.contains(0x0A)
                    && !field.name.utf8.contains(UInt8(ascii: ":")), "\(field)")
        }
        guard let url = URLText("http://h/p") else { return require(false, "no URL") }
        var answer = Answer(
            question: Question(label: "", url: url), status: whole.status, fields: whole.fields)
        answer.length = body.count
        answer.beginning = body
        _ = (answer.isPage, answer.gives(10), answer.isFile(10))
        let reply = StoreReply(answer: answer, problem: String(decoding: bytes.prefix(100), as: UTF8.self))
        _ = (reply.region, reply.size, reply.curlCode)
        if let code = reply.code { require(answer.text.contains(code), code) }
        for field in whole.fields { require(answer.field(field.name.uppercased()) != nil, field.name) }
    }

    /// A URL is kept as it is; what is shown of it contains neither its query nor its password.
    private static func urls(_ text: String) {
        guard let url = URLText(text) else { return }
        require(URLText(url.text) == url, text)
        let shown = url.shown.utf8
        require(!url.origin.utf8.contains(UInt8(ascii: "@")), "\(url.origin) shows a password")
        require(isOneLine(url.text.filter(\.isASCII)), text)
        if let question = shown.firstIndex(of: UInt8(ascii: "?")) {
            require(shown[question...].elementsEqual("?…".utf8), "\(url.shown) shows a query")
        }
        require(url.beside("a/b?".utf8).name == Array("a/b?".utf8), text)
        if let directory = url.directory { require(directory.text.utf8.count < url.text.utf8.count, text) }
        let request = RoutedRequest(url)
        _ = request.addresses
        require(request.hasName(request.host) || request.host.contains("*"), request.host)
        for address in [ServerAddress(text, standard: 80), ServerAddress(text, standard: nil)].compactMap(\.self) {
            _ = (address.isWildcard, address.takes("::1", isDual: true))
        }
    }

    /// A line of a log has no query after it was removed, however often.
    private static func logs(_ text: String) {
        let line = ErrorLogTail.withoutQueries(text)
        require(ErrorLogTail.withoutQueries(line) == line, "\(line) of \(text)")
        let scalars = Array(line.unicodeScalars)
        for index in scalars.indices where scalars[index] == "?" {
            require(index + 1 < scalars.count && scalars[index + 1] == "…", "\(line) of \(text)")
            guard index + 2 < scalars.count else { continue }
            require([" ", "\"", ",", "'"].contains(scalars[index + 2]), "\(line) of \(text)")
        }
        _ = PortHolders.listeners(in: text)
    }

    /// The properties of units, as systemd writes them.
    private static func units(_ text: String) {
        guard let state = UnitState("gate", text) else { return }
        _ = (state.failure, state.isChanging, state.sockets, state.hasFailed, state.files, state.start)
        for file in state.environmentFiles { require(file.hasPrefix("/") && text.contains(file), file) }
        for property in ["Id", "ActiveState", "StatusText"] {
            if let value = state["service", property] { require(!value.contains("\n"), value) }
        }
    }
}
