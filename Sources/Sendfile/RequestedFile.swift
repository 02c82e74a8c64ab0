/// The file or the object that a handler asked for and the decision about it, for logs and tests.
package struct RequestedFile: Sendable {
    private let path: RequestedPath

    /// The size in bytes of the file that is sent; `nil` if it was not opened.
    package internal(set) var size: Int64?

    /// The ranges of it that the client gets; `nil` for the whole file.
    package internal(set) var ranges: [Range<Int64>]?

    /// The name of the backend that can ask a web server for it (``Backend/name``); `nil` if the program sends it in
    /// any case.
    package internal(set) var backendName: String?

    /// Whether it is an object of a store. Its size is `nil` if the store has not told it.
    package let isObject: Bool

    init(_ path: RequestedPath) {
        (self.path, self.isObject) = (path, false)
    }

    /// An object of a store.
    ///
    /// - Parameters:
    ///   - key: The key as the handler gave it.
    ///   - size: Its size; `nil` if it is not known.
    ///   - ranges: The ranges of it that the client gets; `nil` for the whole object, and where the store decides.
    package init(object key: String, size: Int64? = nil, ranges: [Range<Int64>]? = nil) {
        (self.path, self.isObject) = (.text(key), true)
        (self.size, self.ranges, self.backendName) = (size, ranges, "object-store")
    }

    /// The path as the handler gave it, in bytes.
    package var pathBytes: [UInt8] { self.path.bytes }
}
