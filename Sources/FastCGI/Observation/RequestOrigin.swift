/// The server of a request.
///
/// There is one per connection instead of one per server, because requests are copied often, and threads that count
/// references to one shared object would contend.
final class RequestOrigin: Sendable {
    let observer: ServerObserver

    init(observer: ServerObserver) {
        self.observer = observer
    }
}
