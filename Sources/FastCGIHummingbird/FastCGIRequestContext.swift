public import FastCGI
public import Hummingbird
public import NIOCore

/// A context that knows the FastCGI request.
///
/// A context of your own conforms to it with three lines:
///
/// ```swift
/// import FastCGIHummingbird
/// import Hummingbird
///
/// struct SiteContext: FastCGIContext {
///     var coreContext: CoreRequestContextStorage
///     let fastCGIRequest: FastCGIRequest?
///     var team: String?
///
///     init(source: Source) {
///         self.coreContext = .init(source: source)
///         self.fastCGIRequest = source.fastCGIRequest
///     }
/// }
/// ```
public protocol FastCGIContext: RemoteAddressRequestContext where Source == ApplicationRequestContextSource {
    /// The request as the web server passed it on, with all parameters; `nil` on Hummingbird's own server and in
    /// HummingbirdTesting.
    ///
    /// Read the body from Hummingbird's request.
    var fastCGIRequest: FastCGIRequest? { get }

    /// The connection of Hummingbird's own server: `source.channel`. By default `nil`.
    ///
    /// swift-nio's writer accepts any number of chunks while the event loop is busy. With the channel, a streamed file waits for the
    /// loop after each chunk, and so needs constant memory. Without it, the file waits for all loops that Hummingbird uses by default, after
    /// each 16 chunks. Over FastCGI, it is not used.
    var httpChannel: (any Channel)? { get }
}

extension FastCGIContext {
    public var httpChannel: (any Channel)? { nil }
}

extension FastCGIContext {
    /// The user that the web server has authenticated (`REMOTE_USER`), or `nil`.
    ///
    /// See `FastCGI.Request.remoteUser` for two servers that may send a name that they have not verified.
    public var remoteUser: String? { self.fastCGIRequest?.remoteUser }

    /// The user that the web server has authenticated (`REMOTE_USER`).
    ///
    /// - Throws: Status 401 if there is none.
    public var user: String {
        get throws {
            guard let user = self.remoteUser else { throw HTTPError(.unauthorized) }
            return user
        }
    }

    /// The value of a parameter that the web server sets, such as `SSL_CLIENT_S_DN`; `nil` for names that begin with `HTTP_`,
    /// which a client controls.
    public func serverParameter(_ name: String) -> String? { self.fastCGIRequest?.serverParameter(name) }

    /// The client's address (`REMOTE_ADDR` and `REMOTE_PORT`); `nil` if the web server does not send an IP address.
    public var remoteAddress: SocketAddress? { self.fastCGIRequest?.clientAddress }
}

/// The context of a request over FastCGI.
public struct FastCGIRequestContext: FastCGIContext {
    public var coreContext: CoreRequestContextStorage

    public let fastCGIRequest: FastCGIRequest?

    public let remoteAddress: SocketAddress?

    public let httpChannel: (any Channel)?

    /// Creates the context of a request.
    public init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.fastCGIRequest = source.fastCGIRequest
        self.remoteAddress = source.channel.remoteAddress
        self.httpChannel = source.channel
    }
}

extension ApplicationRequestContextSource {
    /// The request as the web server passed it on; `nil` on Hummingbird's own server and in HummingbirdTesting.
    public var fastCGIRequest: FastCGIRequest? { (self.channel as? RequestChannel)?.request }
}
