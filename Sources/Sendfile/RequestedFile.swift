import SystemPackage

/// What a response is about, for logs and tests: which file a handler asked for, and what was found out on the way.
package struct RequestedFile: Sendable {
    private let path: RequestedPath

    /// The size in bytes of the file that is sent; `nil` if it was not opened.
    package internal(set) var size: Int64?

    /// The parts of it that the client gets; `nil` for all of it.
    package internal(set) var ranges: [Range<Int64>]?

    /// Who could be asked to send it; `nil` where the program does in any case. Its type only: all requests share the backend, and
    /// threads that count references to one object wait for one another.
    var backend: (any Backend.Type)?

    init(_ path: RequestedPath) {
        self.path = path
    }

    /// The path as the handler gave it, in bytes.
    package var pathBytes: [UInt8] {
        switch self.path {
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
