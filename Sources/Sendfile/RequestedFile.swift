import SystemPackage

/// What a response is about, for logs and tests: which file a handler asked for, and what was found out on the way.
///
/// An object, so that a response that holds it is copied as cheaply as before.
package final class RequestedFile: Sendable {
    /// What is noted on the way to a decision.
    struct Notes: Sendable {
        let path: RequestedPath
        var size: Int64?
        var ranges: [Range<Int64>]?
        /// Its type only: all requests share the backend, and threads that count references to one object wait for one another.
        var backend: (any Backend.Type)?

        init(_ path: RequestedPath) {
            self.path = path
        }
    }

    private let notes: Notes

    init(_ notes: Notes) {
        self.notes = notes
    }

    /// The size in bytes of the file that is sent; `nil` if it was not opened.
    package var size: Int64? { self.notes.size }

    /// The parts of it that the client gets; `nil` for all of it.
    package var ranges: [Range<Int64>]? { self.notes.ranges }

    /// Who could be asked to send it; `nil` where the program does in any case.
    private var backend: (any Backend.Type)? { self.notes.backend }

    /// The path as the handler gave it, in bytes.
    package var pathBytes: [UInt8] {
        switch self.notes.path {
        case .text(let text): Array(text.utf8)
        case .filePath(let path):
            path.withPlatformString {
                UnsafeBufferPointer(start: $0, count: path.length).map(UInt8.init(bitPattern:))
            }
        }
    }

    /// The backend's name as in `SENDFILE_BACKEND`: its type's without `Backend`, in lower case with hyphens.
    package var backendName: String? {
        guard let backend else { return nil }
        var type = Substring("\(backend)")
        if type.hasSuffix("Backend"), type != "Backend" { type = type.dropLast("Backend".count) }
        var name = ""
        for letter in type {
            if letter.isUppercase, !name.isEmpty { name.append("-") }
            name += letter.lowercased()
        }
        return name
    }
}
