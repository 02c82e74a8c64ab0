import FastCGI
import Hummingbird
import Logging
import Testing

@testable import FastCGIHummingbird

@Suite struct LoggedUserTests {
    @Test("The access log has the user that a route names", arguments: [("/named", "ada"), ("/unnamed", nil)])
    func user(path: String, user: String?) async throws {
        let router = Router()
        router.get("named") { _, context in
            context.logUser("ada")
            return "hello"
        }
        router.get("unnamed") { _, _ in "hello" }
        let routing = Routing(responder: router.buildResponder(), logger: Logger(label: "test"))
        let parameters = FastCGI.Parameters([("REQUEST_METHOD", "GET"), ("REQUEST_URI", path)])
        #expect(try await routing.response(to: FastCGIRequest(parameters: parameters)).user == user)
    }
}
