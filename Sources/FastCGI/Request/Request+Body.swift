public import HTTPTypes

/// Reads bodies with limits, for forms and JSON interfaces.
extension Request {
    /// The fields of the query; empty without a query.
    public var queryFields: FormFields { FormFields(self.query ?? "") }

    /// Reads the body as a form (`application/x-www-form-urlencoded`).
    ///
    /// - Parameters:
    ///   - limit: The maximum size of the body in bytes.
    ///   - fieldLimit: The maximum number of fields.
    /// - Throws: ``UnreadableBody`` (415) for another media type and (413) for more fields, ``RequestBody/BodyTooLarge`` (413),
    ///   and errors of the connection. Each becomes its status if the handler does not catch it.
    public func form(upTo limit: Int = 64 << 10, fieldLimit: Int = 1000) async throws -> FormFields {
        guard self.mediaType == "application/x-www-form-urlencoded" else {
            throw UnreadableBody(.mediaType, "the body is not a form, application/x-www-form-urlencoded")
        }
        guard let fields = FormFields(try await self.body.collect(upTo: limit), limit: fieldLimit) else {
            throw UnreadableBody(.tooManyFields, "the form has more than \(fieldLimit) fields")
        }
        return fields
    }

    /// Reads the body as JSON (RFC 8259) with a decoder of your choice. The library contains no decoder, so that a
    /// program without JSON does not contain one either.
    ///
    /// ```swift
    /// import FastCGI
    /// import Foundation
    ///
    /// struct Order: Codable { var file: String, copies: Int }
    ///
    /// func order(_ request: Request) async throws -> Order {
    ///     try await request.json(upTo: 4096) { bytes in try JSONDecoder().decode(Order.self, from: Data(bytes)) }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - limit: The maximum size of the body in bytes.
    ///   - decode: Creates the value from the bytes, which are UTF-8.
    /// - Throws: ``UnreadableBody`` (415) for a media type that is neither `application/json` nor ends in `+json`, and
    ///   (400) for bytes that are not UTF-8 or for which `decode` throws; ``RequestBody/BodyTooLarge`` (413), and
    ///   errors of the connection. Each becomes its status if the handler does not catch it.
    public func json<Value>(
        upTo limit: Int = 64 << 10, _ decode: ([UInt8]) throws -> Value
    ) async throws -> Value {
        guard let type = self.mediaType, type == "application/json" || type.hasSuffix("+json") else {
            throw UnreadableBody(.mediaType, "the body is not JSON, application/json")
        }
        let bytes = try await self.body.collect(upTo: limit)
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw UnreadableBody(.malformed, "the body is not JSON in UTF-8")
        }
        do { return try decode(bytes) } catch {
            throw UnreadableBody(.malformed, "the body cannot be decoded: \(error)")
        }
    }

    /// The media type of the body without its parameters, in lower case.
    private var mediaType: String? {
        self.fieldValue(.contentType).map { value in
            let type = value.prefix { $0 != ";" }
            return type.filter { $0 != " " && $0 != "\t" }.lowercased()
        }
    }
}

/// A body that does not have the form that the handler requires. It becomes its status if the handler does not catch
/// it.
public struct UnreadableBody: ResponseError, Sendable, CustomStringConvertible {
    /// The kind of problem.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// The status.
        let status: HTTPResponse.Status

        /// The client sent another media type: 415.
        public static let mediaType = Self(description: "mediaType", status: .unsupportedMediaType)
        /// The form has more fields than the handler accepts: 413.
        public static let tooManyFields = Self(description: "tooManyFields", status: .contentTooLarge)
        /// The body does not conform to its media type: 400.
        public static let malformed = Self(description: "malformed", status: .badRequest)
    }

    /// The kind of problem.
    public let code: Code

    /// The reason, for the log. It may contain text that a client sent.
    public let description: String

    /// 415, 413 or 400.
    public var status: HTTPResponse.Status { self.code.status }

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
