import CFastCGI
import CLinux
import Glibc

/// libfcgi's state of one request: the only seam between this library and libfcgi.
///
/// libfcgi parses the records of a request and writes those of its response. It does not get
/// - listening sockets and connections: it would hold a thread for each, without a time limit, and wait up to two
///   seconds for the peer when it closes one. It also takes 8 KiB at a time from a connection, and an abort or a
///   request that follows would be lost with its buffer. So it reads each request from memory: see ``RequestSource``;
/// - parameters: It would make a C string of each, which costs more than everything else, and before 2.4.5 it believed
///   any length (CVE-2025-23016). ``Parameters`` are copied as they arrived, after they were checked;
/// - bodies that are still arriving: it would block the thread. ``BodyReader`` reads them;
/// - long responses: it would copy them through its buffer of 8 KiB. ``FileStream`` writes them. libfcgi writes the end.
///
/// The article Architecture contains the same as a table. A library request belongs to the holder of its
/// ``Connection``. The pointer never leaves this type.
final class LibraryRequest {
    /// Allocated only while there is a request: ten thousand idle connections have none.
    private var request: UnsafeMutablePointer<FCGX_Request>?

    deinit {
        self.free()
    }

    /// Initializes libfcgi once, and restores the signal handlers that it replaces (SIGPIPE, SIGUSR1, SIGTERM), because signals belong
    /// to the program.
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

    /// Lets libfcgi read a request that has arrived completely, or its head.
    ///
    /// - Parameters:
    ///   - head: The bytes that are read first.
    ///   - rest: The bytes that follow.
    ///   - source: The file from which libfcgi reads them.
    /// - Returns: False, with errno, if libfcgi cannot read them.
    func read(_ head: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer, from source: RequestSource) -> Bool {
        let descriptor = source.descriptor(holding: head, rest)
        guard descriptor >= 0 else { return false }
        if self.read(from: descriptor) { return true }
        source.wasClosed()
        return false
    }

    private func read(from source: Int32) -> Bool {
        self.free()
        // allocate(capacity:) would ask for an alignment, which costs far more on Linux.
        guard let memory = malloc(MemoryLayout<FCGX_Request>.size) else { return false }
        let request = memory.bindMemory(to: FCGX_Request.self, capacity: 1)
        self.request = request
        FCGX_InitRequest(request, -1, 0)
        request.pointee.ipcFd = source
        request.pointee.keepConnection = 1
        // A descriptor that is detached is closed at once on failure, without waiting for the peer.
        FCGX_Detach(request)
        return FCGX_Accept_r(request) == 0
    }

    /// Sets the descriptor for the response, after libfcgi has read the request.
    func respond(on connection: Int32) {
        self.request?.pointee.ipcFd = connection
    }

    /// Reads a body of at least one byte that has arrived completely, and the record that ends it.
    func readBody(count: Int) -> [UInt8]? {
        guard let request else { return nil }
        let body = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            buffer.withMemoryRebound(to: CChar.self) {
                filled = Int(FCGX_GetStr($0.baseAddress!, Int32(count), request.pointee.in))
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
    /// - Parameter errorLines: Text for the web server's log.
    func end(_ head: [UInt8], _ body: ArraySlice<UInt8>, errorLines: [UInt8]) -> Bool {
        guard let request else { return false }
        if !errorLines.isEmpty { self.putError(errorLines) }
        guard head.isEmpty || self.put(head[...]), body.isEmpty || self.put(body) else { return false }
        return FCGX_FClose(request.pointee.err) == 0 && FCGX_FClose(request.pointee.out) == 0
    }

    /// Frees parameters and streams; the connection stays open.
    func free() { self.takeOut().free() }

    /// Takes parameters and streams out, to be freed later.
    func takeOut() -> Leftover {
        defer { self.request = nil }
        return Leftover(request: self.request)
    }

    /// The memory of a request that is over. Its one owner has the only pointer.
    struct Leftover: ~Copyable {
        fileprivate let request: UnsafeMutablePointer<FCGX_Request>?

        /// Gives it back to libfcgi.
        consuming func free() {
            guard let request else { return }
            FCGX_Free(request, 0)
            Glibc.free(request)
        }
    }

    /// The maximum size in bytes of a response that fits into one write(2) together with the records that end the
    /// request.
    static let largestSingleWrite = 8192 - 3 * 8 - 16

    /// Whether a head and this many bytes of a body fit into one write together with the records that end the request.
    static func fitsSingleWrite(_ head: [UInt8], _ bodyLength: Int) -> Bool {
        head.count + bodyLength <= Self.largestSingleWrite
    }
}
