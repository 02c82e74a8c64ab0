import FastCGI
import NIOCore
import NIOPosix
import Sendfile

/// The channel of a request, for contexts that are created from one: it has the client's address and an event loop, and is
/// active while the request is handled. It transports nothing, so every operation on it fails.
final class RequestChannel: Channel, ChannelCore {
    let request: FastCGI.Request

    /// The latest decision about a file.
    private let latestFile = Locked<FileAnswer?>(nil)
    /// The user for the access log.
    private let loggedUser = Locked<String?>(nil)
    private let lifetime = Locked(Lifetime())

    private struct Lifetime {
        var hasEnded = false
        /// They are created on demand, because few programs use them and event loops have threads.
        var eventLoop: (any EventLoop)?
        var closing: EventLoopPromise<Void>?
        var pipeline: ChannelPipeline?
    }

    /// The channel of the request that this task handles; `nil` on another server.
    @TaskLocal static var current: RequestChannel?

    init(_ request: FastCGI.Request) {
        self.request = request
    }

    var file: FileAnswer? {
        get { self.latestFile.withLock { $0 } }
        set { self.latestFile.withLock { $0 = newValue } }
    }

    var user: String? {
        get { self.loggedUser.withLock { $0 } }
        set { self.loggedUser.withLock { $0 = newValue } }
    }

    /// Ends the channel with its request.
    func end() {
        let closing = self.lifetime.withLock { lifetime in
            lifetime.hasEnded = true
            return lifetime.closing
        }
        closing?.succeed()
    }

    // MARK: Channel

    /// The loop of this request; every call returns the same one.
    var eventLoop: any EventLoop {
        self.lifetime.withLock { lifetime in
            let loop = lifetime.eventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
            lifetime.eventLoop = loop
            return loop
        }
    }

    var pipeline: ChannelPipeline {
        let new = ChannelPipeline(channel: self)
        return self.lifetime.withLock { lifetime in
            let pipeline = lifetime.pipeline ?? new
            lifetime.pipeline = pipeline
            return pipeline
        }
    }

    var closeFuture: EventLoopFuture<Void> {
        let promise = self.eventLoop.makePromise(of: Void.self)
        let (closing, hasEnded) = self.lifetime.withLock { lifetime in
            if lifetime.closing == nil { lifetime.closing = promise }
            return (lifetime.closing ?? promise, lifetime.hasEnded)
        }
        // A promise that is not used must be fulfilled, too.
        if closing.futureResult !== promise.futureResult || hasEnded { promise.succeed() }
        return closing.futureResult
    }

    var allocator: ByteBufferAllocator { ByteBufferAllocator() }
    var localAddress: SocketAddress? { self.request.serverAddress }
    var remoteAddress: SocketAddress? { self.request.clientAddress }
    var parent: (any Channel)? { nil }
    var isWritable: Bool { false }
    var isActive: Bool { self.lifetime.withLock { !$0.hasEnded } }
    var _channelCore: any ChannelCore { self }

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        self.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
    }

    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        self.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
    }

    // MARK: ChannelCore

    func localAddress0() throws -> SocketAddress {
        guard let address = self.localAddress else { throw ChannelError.unknownLocalAddress }
        return address
    }

    func remoteAddress0() throws -> SocketAddress {
        guard let address = self.remoteAddress else { throw ChannelError.operationUnsupported }
        return address
    }

    func register0(promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }
    func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func bind0(to: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func connect0(to: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }
    func flush0() {}
    func read0() {}
    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func channelRead0(_ data: NIOAny) {}
    func errorCaught0(error: any Error) {}
}

extension FastCGI.Request {
    /// The client's address.
    var clientAddress: SocketAddress? {
        self.remoteAddress.flatMap { try? SocketAddress(ipAddress: $0, port: Int(self.remotePort ?? 0)) }
    }

    /// The web server's address on which the client's request arrived (`SERVER_ADDR` and `SERVER_PORT`).
    var serverAddress: SocketAddress? {
        guard let address = self.parameters["SERVER_ADDR"] else { return nil }
        return try? SocketAddress(ipAddress: address, port: self.parameters["SERVER_PORT"].flatMap { Int($0) } ?? 0)
    }
}
