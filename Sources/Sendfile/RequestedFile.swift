/// The file that a handler asked for and the decision about it, for logs and tests.
package struct RequestedFile: Sendable {
    private let path: RequestedPath

    /// The size in bytes of the file that is sent; `nil` if it was not opened.
    package internal(set) var size: Int64?

    /// The ranges of it that the client gets; `nil` for the whole file.
    package internal(set) var ranges: [Range<Int64>]?

    /// The name of the backend that can ask a web server for it (``Backend/name``); `nil` if the program sends it in
    /// any case.
    package internal(set) var backendName: String?

    init(_ path: RequestedPath) {
        self.path = path
    }

    /// The path as the handler gave it, in bytes.
    package var pathBytes: [UInt8] { self.path.bytes }
}
