package import HTTPTypes

/// A decision about content that is not a file below a root, such as an object in a store.
package enum ContentDecision {
    /// The response is complete: 304, 404, 405, 412, 416, 503, or 200 to a `HEAD`.
    case answered(FileResponse)
    /// The content is sent with these fields. The range is `nil` for everything.
    case sent(fields: HTTPFields, range: Range<Int64>?)
}

/// Content that is not a file below a root.
package struct DescribedContent: Sendable {
    /// The size and the validators of one version of the content.
    package struct Version: Sendable {
        package let size: Int64
        package let entityTag: String
        let modified: Int64?

        /// - Parameters:
        ///   - size: The size in bytes.
        ///   - entityTag: A valid `ETag` field value, with its quotes.
        ///   - modified: The time of the last change, in seconds since 1970.
        package init(size: Int64, entityTag: String, modified: Int64?) {
            (self.size, self.entityTag, self.modified) = (size, entityTag, modified)
        }

        /// The value of an `ETag` field: `text`, or `text` in quotes; `nil` if neither is valid (RFC 9110 §8.8.3).
        package static func entityTag(_ text: String) -> String? {
            [text, "\"\(text)\""].first { EntityTags.isValid($0) }
        }
    }

    let name: ArraySlice<UInt8>
    let version: Version?

    /// - Parameters:
    ///   - name: The last component of the content's name, which determines the media type.
    ///   - version: The version; `nil` leaves conditions and ranges to the sender of the content.
    package init(name: ArraySlice<UInt8>, version: Version?) {
        (self.name, self.version) = (name, version)
    }
}

extension SendfileOptions {
    /// Decides about content as about a file, except for its delivery.
    package func decision(on request: some SendfileRequest, about content: DescribedContent) -> ContentDecision {
        guard self.allows(request.method) else { return .answered(self.methodNotAllowed) }
        guard let version = content.version else {
            let unknown = Validators(entityTag: "\"\"", modified: nil, size: 0, overriddenBy: self.headerFields)
            var fields = self.fields(named: content.name, nil, unknown, acceptRanges: nil)
            // The sender of the content sets these.
            fields[.eTag] = nil
            fields[.lastModified] = nil
            return .sent(fields: fields, range: nil)
        }
        let validators = Validators(
            entityTag: version.entityTag, modified: version.modified, size: version.size,
            overriddenBy: self.headerFields)
        let isEncoded = self.isEncoded(named: content.name)
        switch self.judgement(of: request, size: version.size, isEncoded: isEncoded, validators) {
        case .answered(let answer): return .answered(answer)
        case .sent(let sent):
            // Stores send several ranges in different ways, or not at all. The client gets everything (RFC 9110 §14.2), and the
            // web server must not apply the ranges either, as lighttpd does to some of the responses that it forwards.
            let isUncut = (sent.ranges?.count ?? 0) > 1
            var fields = self.fields(
                named: content.name, nil, sent.validators, acceptRanges: isUncut ? "none" : sent.acceptRanges)
            if request.method == .head {
                fields[.contentLength] = String(version.size)
                return .answered(FileResponse(status: .ok, headerFields: fields, delivery: .none))
            }
            return .sent(fields: fields, range: isUncut ? nil : sent.ranges?.first)
        }
    }

    /// A response without the content. Of the handler's fields, those that do not describe the content remain.
    package func refusal(_ status: HTTPResponse.Status) -> FileResponse { self.failure(status) }

    /// A redirect that no cache may store. Of the handler's fields, those that do not describe the content remain.
    package func temporaryRedirect(to url: String) -> FileResponse {
        var response = self.failure(.temporaryRedirect, [.location: url])
        response.headerFields[.cacheControl] = "no-store"
        return response
    }
}
