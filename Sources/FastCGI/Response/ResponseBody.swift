import HTTPTypes
public import Sendfile

/// The body of a response.
///
/// A string literal is text: `Response(body: "Hello, \(name)")`.
public struct ResponseBody: Sendable, ExpressibleByStringInterpolation {
    /// The content of a body.
    package enum Content: Sendable {
        case none
        case bytes([UInt8])
        case string(String)
        case file(FileBody)
        case chunks(Chunks)
    }

    package let content: Content

    /// No body.
    public static let none = Self(content: .none)

    /// These bytes. Without a Content-Type they are sent as `application/octet-stream`.
    public static func bytes(_ bytes: [UInt8]) -> Self { Self(content: .bytes(bytes)) }

    /// This text in UTF-8. Without a Content-Type it is sent as `text/plain; charset=utf-8`, never as HTML.
    public static func string(_ text: String) -> Self { Self(content: .string(text)) }

    /// Parts of a file, with constant memory.
    public static func file(_ body: FileBody) -> Self { Self(content: .file(body)) }

    /// Chunks of bytes, sent as they arrive from any asynchronous sequence. Without a Content-Length, the response ends
    /// with the sequence.
    public static func stream<Source: AsyncSequence & Sendable>(_ source: Source) -> Self
    where Source.Element == [UInt8] {
        Self(content: .chunks(Chunks(source)))
    }

    /// Chunks of bytes, sent as `write` passes them to its argument, which returns when the connection has accepted the chunk.
    package static func written(
        _ write: @escaping @Sendable (_ send: @escaping ([UInt8]) async throws -> Void) async throws -> Void
    ) -> Self {
        Self(content: .chunks(Chunks(write)))
    }

    /// A status as text, such as `404 Not Found`.
    static func name(of status: HTTPResponse.Status) -> Self { .string("\(status.code) \(status.reasonPhrase)\n") }

    /// Text in UTF-8.
    public init(stringLiteral text: String) {
        self.init(content: .string(text))
    }

    private init(content: Content) {
        self.content = content
    }

    /// Byte chunks from any source.
    package struct Chunks: Sendable {
        private let each: @Sendable (_ body: @escaping ([UInt8]) async throws -> Void) async throws -> Void

        init(_ each: @escaping @Sendable (_ body: @escaping ([UInt8]) async throws -> Void) async throws -> Void) {
            self.each = each
        }

        init<Source: AsyncSequence & Sendable>(_ source: Source) where Source.Element == [UInt8] {
            self.each = { body in
                for try await chunk in source { try await body(chunk) }
            }
        }

        /// Writes the chunks, and never more bytes than were announced. Returns the number of bytes.
        package func write(
            declaredLength: Int64?, _ write: @escaping ([UInt8]) async throws -> Void
        ) async throws -> Int64 {
            var length: Int64 = 0
            try await self.each { chunk in
                length += Int64(chunk.count)
                if let declaredLength, length > declaredLength {
                    throw LengthDiffers(declared: declaredLength, actual: length)
                }
                try await write(chunk)
            }
            if let declaredLength, length < declaredLength {
                throw LengthDiffers(declared: declaredLength, actual: length)
            }
            return length
        }
    }

    /// A body whose length differs from the announced one.
    struct LengthDiffers: Error, CustomStringConvertible {
        let declared: Int64
        let actual: Int64

        var description: String {
            "Content-Length is \(self.declared), but the body has \(self.actual) bytes or more"
        }
    }
}
