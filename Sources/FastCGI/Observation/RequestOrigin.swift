/// What a request knows of the server that it came to.
///
/// One for each connection, not for each server: a request is copied often, and threads that count references to one object of
/// all would wait for one another.
final class RequestOrigin: Sendable {
    let observer: ServerObserver

    init(observer: ServerObserver) {
        self.observer = observer
    }
}
