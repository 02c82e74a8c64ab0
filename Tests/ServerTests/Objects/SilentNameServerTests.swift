import Glibc
import Testing

extension ServerTests {
    /// A name server that does not answer, for a program that fetches objects.
    @Suite(.serialized, .enabled(if: geteuid() == 0, "only root can make a network"))
    struct SilentNameServerTests {
        @Test("Requests for objects end in time, others go on, and the next question is asked when it answers again")
        func silent() throws {
            let directory = try Workspace.shared.makeDirectory("names")
            let address = Address.unix(path: "\(directory)/program.sock")
            let answers = "\(directory)/answers"
            let environment = [
                "FASTCGI_LISTEN": address.description, "STORE": "http://store.example:9", "OBJECT_DELIVERY": "stream",
            ]
            let log = "\(directory)/program.log"
            let process = try ChildProcess(
                ["\(CodeBlock.package)/Tests/ServerTests/Objects/silent-names", answers, ObjectSite.program.get()],
                environment: ChildProcess.plainEnvironment.merging(environment) { $1 }, log: log)
            defer {
                process.signal(SIGKILL)
                _ = try? process.waitForEnd()
            }
            let program = RunningProgram(process: process, address: address)
            try program.waitUntilListening()

            // More than the client opens connections at a time. Each of its threads asks one question after the other, so 64 questions
            // would take longer than the test waits at its end.
            let clients = try (0..<100).map { number in
                let client = try program.client()
                try client.begin("GET", ObjectSite.target("good\(number)"), contentLength: 0)
                try client.endInput()
                return client
            }
            try Deadline.wait("a name is asked") { try Files.text("\(answers).log").contains("store.example") }
            for _ in 0..<20 {
                #expect(try program.client().exchange("GET", "/ready").status == 200)
            }
            for client in clients {
                let answer = try client.receiveAnswer()
                #expect(answer.status == 504)
            }
            #expect(try Files.text(log).contains("answered with 504"))

            try Files.write("", to: answers)
            try Deadline.wait("the name is resolved again") {
                let answer = try program.client().exchange("GET", ObjectSite.target("good"))
                return answer.status == 502
            }
        }
    }
}
