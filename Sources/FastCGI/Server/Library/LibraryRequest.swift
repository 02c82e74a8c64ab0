import CFastCGI
import CLinux
import Glibc

/// libfcgi's state of one request.
///
/// Not for two threads at once: it belongs to the ``Connection`` that made it, and there to whoever drives the connection. The
/// pointer never leaves. libfcgi is never let near a listening socket, and never closes a connection: it would wait up to two
/// seconds for the peer, on this thread.
final class LibraryRequest {
    /// There is one only while there is a request: ten thousand idle connections have none.
    private var request: UnsafeMutablePointer<FCGX_Request>?

    deinit {
        self.free()
    }

    /// Initialises libfcgi, once, and puts back the signal handlers that it replaces on the way (SIGPIPE, SIGUSR1, SIGTERM):
    /// signals are the program's.
    static let initialize: Void = {
        let signals = [SIGPIPE, SIGUSR1, SIGTERM]
        var blocked = sigset_t()
        var previous = sigset_t()
        sigemptyset(&blocked)
        for signal in signals { sigaddset(&blocked, signal) }
        pthread_sigmask(SIG_BLOCK, &blocked, &previous)
        var actions = Array(repeating: sigaction(), count: signals.count)
        for (index, signal) in signals.enumerated() { sigaction(signal, nil, &actions[index]) }
        FCGX_Init()
        for (index, signal) in signals.enumerated() { sigaction(signal, &actions[index], nil) }
        pthread_sigmask(SIG_SETMASK, &previous, nil)
    }()

    /// Lets libfcgi read a request that is here as a whole, or its head.
    ///
    /// - Parameters:
    ///   - head: what is read first.
    ///   - rest: what follows it.
    ///   - source: where libfcgi reads them from.
    /// - Returns: false, with errno, if libfcgi cannot read them.
    func read(_ head: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer, from source: RequestSource) -> Bool {
        let descriptor = source.descriptor(holding: head, rest)
        guard descriptor >= 0 else { return false }
        if self.read(from: descriptor) { return true }
        source.wasClosed()
        return false
    }

    private func read(from source: Int32) -> Bool {
        self.free()
        let request = UnsafeMutablePointer<FCGX_Request>.allocate(capacity: 1)
        self.request = request
        FCGX_InitRequest(request, -1, 0)
        request.pointee.ipcFd = source
        request.pointee.keepConnection = 1
        // A descriptor that is detached is closed at once on failure, without waiting for the peer.
        FCGX_Detach(request)
        return FCGX_Accept_r(request) == 0
    }

    /// Says where the response is written, when all that libfcgi is to read has been read.
    func respond(on connection: Int32) {
        self.request?.pointee.ipcFd = connection
    }

    /// Reads a body that is there as a whole, and the record that ends it.
    func readBody(count: Int) -> [UInt8]? {
        guard let request else { return nil }
        var body: [UInt8] = []
        if count > 0 {
            body = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                buffer.withMemoryRebound(to: CChar.self) {
                    filled = Int(FCGX_GetStr($0.baseAddress!, Int32(count), request.pointee.in))
                }
            }
        }
        guard body.count == count, FCGX_GetChar(request.pointee.in) < 0,
            FCGX_GetError(request.pointee.in) == 0
        else { return nil }
        return body
    }

    /// Adds bytes to the response. False if the connection is broken.
    func put(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let request else { return false }
        return bytes.withUnsafeBytes {
            FCGX_PutStr($0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count), request.pointee.out)
                == Int32($0.count)
        }
    }

    /// Adds text for the web server's log. A failure breaks no response.
    private func putError(_ bytes: [UInt8]) {
        guard let request else { return }
        bytes.withUnsafeBytes {
            _ = FCGX_PutStr($0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count), request.pointee.err)
        }
    }

    /// Writes what has been added. False if the connection is broken.
    func flush() -> Bool {
        guard let request else { return false }
        return FCGX_FFlush(request.pointee.out) == 0
    }

    /// Writes what has been added, the end of the response and the records that end the request, in one write if it fits. False if
    /// the connection is broken.
    ///
    /// - Parameter errorLines: text for the web server's log.
    func end(_ head: [UInt8], _ body: ArraySlice<UInt8>, errorLines: [UInt8]) -> Bool {
        guard let request else { return false }
        if !errorLines.isEmpty { self.putError(errorLines) }
        guard head.isEmpty || self.put(head[...]), body.isEmpty || self.put(body) else { return false }
        return FCGX_FClose(request.pointee.err) == 0 && FCGX_FClose(request.pointee.out) == 0
    }

    /// Frees parameters and streams; the connection stays open.
    func free() { self.takeOut().free() }

    /// Takes parameters and streams out, to be freed when there is time for it.
    func takeOut() -> Leftover {
        defer { self.request = nil }
        return Leftover(request: self.request)
    }

    /// What a request leaves behind: nobody but its one owner knows the pointer any more.
    struct Leftover: ~Copyable {
        fileprivate let request: UnsafeMutablePointer<FCGX_Request>?

        /// Gives it back to libfcgi.
        consuming func free() {
            guard let request else { return }
            FCGX_Free(request, 0)
            request.deallocate()
        }
    }

    /// The most bytes of a response that go out in one write(2) together with the records that end the request.
    static let largestSingleWrite = 8192 - 3 * 8 - 16

    /// Whether a head and so many bytes of a body go out in one write together with the records that end the request.
    static func fitsSingleWrite(_ head: [UInt8], _ bodyLength: Int) -> Bool {
        head.count + bodyLength <= Self.largestSingleWrite
    }
}
