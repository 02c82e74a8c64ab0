import FastCGI
public import Hummingbird

/// A program that only runs a Hummingbird application.
///
/// ```swift
/// import FastCGIHummingbird
/// import Hummingbird
///
/// @main struct Site: HummingbirdProgram {
///     static func application() throws -> any ApplicationProtocol {
///         let router = Router(context: FastCGIRequestContext.self)
///         router.get("hello") { _, _ in "hello" }
///         return FastCGIApplication(router: router)
///     }
/// }
/// ```
///
/// An error of ``application()``, or one that ends the application, is printed as one sentence on standard error, after the program's name.
/// The process then exits with the status of the error, as a program with `FastCGIProgram` does: 64 without a socket to listen
/// on, 69 for an unavailable address, 78 for an invalid setting, 70 for any other error. (In a `main` of your own, Swift reports an error
/// that it throws as a crash.)
///
/// For development, `site --development 8080` puts a web server in front of the program: see ``FastCGIDevelopmentSite``.
public protocol HummingbirdProgram: SendableMetatype {
    /// Creates the application, which then runs until a signal stops it: a ``FastCGIApplication``, or one of Hummingbird's own server.
    static func application() async throws -> any ApplicationProtocol
}

extension HummingbirdProgram {
    /// Runs the application and then exits; called through `@main`.
    public static func main() {
        ProgramStart.runServer {
            let application = try await self.application()
            if let application = application as? any SignalledApplication {
                try await application.runUntilSignal()
            } else {
                try await application.runService()
            }
        }
    }
}

/// An application that is stopped by the signals with which web servers stop FastCGI programs.
private protocol SignalledApplication: Sendable {
    func runUntilSignal() async throws
}

extension FastCGIApplication: SignalledApplication {
    fileprivate func runUntilSignal() async throws { try await self.runService() }
}
