/// The limits of a connection.
struct ConnectionLimits: Sendable {
    /// The time for the rest of a request's head.
    var head: Interval
    /// The time for the next request.
    var idle: Interval
    /// The time for the first request of a connection that was just accepted, when the server stops.
    var lastRequest = Interval(.seconds(1))
    /// The time for the next bytes, or the end, of a peer that has its response.
    var lingerPause = Interval(.seconds(2))
    /// The time for the end of a peer that has its response.
    var linger = Interval(.seconds(10))
    /// The time for the rest of a response that the kernel still holds.
    var lingerOutput = Interval(.seconds(60))
    /// The maximum number of bytes of such a peer that are dropped.
    var lingerBytes = Int.max
}
