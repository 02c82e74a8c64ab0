/// Small requests for one file on connections that stay open, by wrk, which needs a fraction of the time of the program under test.
struct SmallRequests: Sendable {
    let port: UInt16
    let file: String
    let connections: Int
    private let log: String

    init(port: UInt16, file: String, connections: Int) throws {
        (self.port, self.file, self.connections) = (port, file, connections)
        self.log = "\(try Workspace.shared.makeDirectory("small"))/wrk.log"
    }

    /// Sends requests for some seconds.
    ///
    /// - Returns: The number of requests, and those without the right response, by their faults.
    func run(seconds: Int) throws -> (requests: Int, lost: [String: Int]) {
        let size = Files.size(self.log)
        let wrk = try ChildProcess(
            [
                "wrk", "-t1", "-c\(self.connections)", "-d\(seconds)s", "--timeout", "30s", "-s",
                "\(CodeBlock.package)/Tests/ServerTests/Soak/small.lua", "http://127.0.0.1:\(self.port)/file/plain.txt",
                "--", self.file,
            ], log: self.log)
        guard try wrk.waitForEnd() == .exited(0) else { throw Failure(try Files.text(self.log)) }
        let lines = try Files.text(self.log, from: size).split(separator: "\n")
        guard let line = lines.last(where: { $0.hasPrefix("requests ") }) else { throw Failure("\(lines)") }
        let words = line.split(separator: " ")
        var numbers: [String: Int] = [:]
        for index in stride(from: 0, to: words.count - 1, by: 2) {
            numbers[String(words[index])] = Int(words[index + 1])
        }
        guard let requests = numbers.removeValue(forKey: "requests"), numbers.count == 5 else {
            throw Failure("\(line)")
        }
        return (requests, numbers.filter { $0.value > 0 })
    }
}
