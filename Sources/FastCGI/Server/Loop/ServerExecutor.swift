/// The executor of the server whose thread is running.
package enum ServerExecutor {
    /// The executor on which handlers run; `nil` on a thread that is not a server's.
    package static var current: (any TaskExecutor)? { Worker.current?.loop }
}
