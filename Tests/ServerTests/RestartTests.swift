import Glibc
import Sendfile
import Testing

extension ServerTests {
    /// Programs that are replaced while web servers pass requests to them.
    @Suite struct RestartTests {
        /// A limited number of requests by a few clients; one of the programs must answer each with 200.
        static func load(_ site: Site, requests: Int, answers: Locked<Set<String>>) -> Load {
            let client = site.client
            return Load(clients: 6, requests: requests) { number in
                let target = number % 10 == 0 ? "/file/plain.txt" : "/pid"
                let answer = try client.get(target)
                guard answer.status == 200 else { throw Failure("request \(number): \(answer.status) \(answer.text)") }
                if target == "/pid" {
                    answers.withLock { _ = $0.insert(answer.text) }
                } else if answer.body != Corpus.content(of: "plain.txt") {
                    throw Failure("request \(number): \(answer.text)")
                }
            }
        }

        @Test("Two programs behind nginx are restarted one after the other, and no request is lost")
        func oneAfterTheOther() throws {
            let directory = try Workspace.shared.makeDirectory("pair")
            let addresses = ["a", "b"].map { Address.unix(path: "\(directory)/\($0).sock") }
            let environment = ["FASTCGI_SOCKET_MODE": "0666"]
            var programs = try addresses.map { try RunningProgram.listening(on: $0, environment) }
            // nginx tries a restarting program again immediately.
            let servers = addresses.map { "\($0) max_fails=0" }.joined(separator: "; server unix:")
            let site = try Site(Delivery(server: .nginx, streams: false), socket: servers)
            let answers = Locked<Set<String>>([])
            let load = Self.load(site, requests: 100_000, answers: answers)
            for round in 0..<4 {
                load.wait(forMore: 100)
                #expect(try programs[round % 2].stop() == .exited(0))
                programs[round % 2] = try RunningProgram.listening(on: addresses[round % 2], environment)
            }
            load.wait(forMore: 100)
            try load.stop()
            #expect(answers.withLock { $0.count } >= 5)
            for program in programs { #expect(try program.stop() == .exited(0)) }
            try site.stop()
        }

        @Test(
            "A program on systemd's socket is replaced behind nginx, and no request is lost", arguments: [true, false])
        func inherited(newFirst: Bool) throws {
            let address = Address.unix(path: "\(try Workspace.shared.makeDirectory("inherited"))/program.sock")
            let listener = try address.listen()
            defer { close(listener) }
            chmod(address.description, 0o666)
            var program = try RunningProgram.activated(on: listener, address)
            let site = try Site(Delivery(server: .nginx, streams: false), socket: address.description)
            let answers = Locked<Set<String>>([])
            let load = Self.load(site, requests: 100_000, answers: answers)
            for _ in 0..<4 {
                load.wait(forMore: 100)
                let old = program
                if newFirst {
                    program = try RunningProgram.activated(on: listener, address)
                    #expect(try old.stop() == .exited(0))
                } else {
                    #expect(try old.stop() == .exited(0))
                    program = try RunningProgram.activated(on: listener, address)
                }
            }
            load.wait(forMore: 100)
            try load.stop()
            #expect(answers.withLock { $0.count } == 5)
            #expect(try program.stop() == .exited(0))
            try site.stop()
        }

        @Test("A program on systemd's socket that exits after every 50 requests loses none behind nginx")
        func limited() throws {
            let address = Address.unix(path: "\(try Workspace.shared.makeDirectory("inherited"))/program.sock")
            let listener = try address.listen()
            defer { close(listener) }
            chmod(address.description, 0o666)
            let environment = ["FASTCGI_REQUESTS": "50"]
            var program = try RunningProgram.activated(on: listener, address, environment)
            let site = try Site(Delivery(server: .nginx, streams: false), socket: address.description)
            let answers = Locked<Set<String>>([])
            let load = Self.load(site, requests: 500, answers: answers)
            // As a service manager with Restart=always does. The readiness check was the first request.
            for _ in 0..<10 {
                #expect(try program.process.waitForEnd() == .exited(0))
                program = try RunningProgram.activated(on: listener, address, environment)
            }
            try load.finish()
            #expect(answers.withLock { $0.count } == 11)
            #expect(try program.stop() == .exited(0))
            try site.stop()
        }
    }
}
