public import Sendfile

/// The body of a response.
///
/// A string literal is text: `Response(body: "Hello, \(name)")`.
public enum ResponseBody: Sendable, ExpressibleByStringInterpolation {
    /// No body.
    case none
    /// These bytes. Without a Content-Type they are sent as `application/octet-stream`.
    case bytes([UInt8])
    /// This text in UTF-8. Without a Content-Type it is sent as `text/plain; charset=utf-8`, never as HTML.
    case string(String)
    /// Parts of a file, with constant memory.
    case file(FileBody)
    /// Chunks of bytes as they come. Without a Content-Length the end of the response is the end of the sequence.
    case chunks(Chunks)

    /// Text in UTF-8.
    public init(stringLiteral text: String) {
        self = .string(text)
    }

    /// Chunks of bytes as they come from any asynchronous sequence.
    public static func stream<Source: AsyncSequence & Sendable>(_ source: Source) -> ResponseBody
    where Source.Element == [UInt8] {
        .chunks(Chunks(source))
    }

    /// An asynchronous sequence of byte chunks whose type does not matter.
    public struct Chunks: Sendable {
        let each: @Sendable (_ body: ([UInt8]) async throws -> Void) async throws -> Void

        init<Source: AsyncSequence & Sendable>(_ source: Source) where Source.Element == [UInt8] {
            self.each = { body in
                for try await chunk in source { try await body(chunk) }
            }
        }

        /// Passes the chunks on, and never more than was announced. Returns the number of bytes.
        func write(
            declaredLength: Int64?, _ write: ([UInt8]) async throws -> Void
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

    /// A body that is not as long as its response says.
    struct LengthDiffers: Error, CustomStringConvertible {
        let declared: Int64
        let actual: Int64

        var description: String {
            "Content-Length is \(self.declared), but the body has \(self.actual) bytes or more"
        }
    }
}
