import HTTPTypes

/// The result of judging a request's conditions and ranges for content of a known size: a file, or an object in a store.
enum Judgement {
    /// No content is sent: 304, 412 or 416.
    case answered(FileResponse)
    case sent(Content)

    /// The content that is sent.
    struct Content {
        var validators: Validators
        /// The ranges to send, in order; `nil` for everything.
        var ranges: [Range<Int64>]?
        /// The value of `Accept-Ranges`.
        var acceptRanges = "bytes"
        /// Whether every web server would judge the request in the same way.
        var serverAgrees: Bool
    }
}

extension SendfileOptions {
    /// Judges a request's conditions and ranges (RFC 9110 §13, §14).
    ///
    /// - Parameters:
    ///   - size: The size of the content in bytes.
    ///   - isEncoded: Whether the response has a `Content-Encoding`.
    func judgement(
        of request: some SendfileRequest, size: Int64, isEncoded: Bool, _ validators: Validators
    ) -> Judgement {
        switch Preconditions.verdict(on: request, validators) {
        case .notModified: return .answered(self.notModified(validators))
        case .failed: return .answered(self.failure(.preconditionFailed))
        case .proceed: break
        }
        var content = Judgement.Content(
            validators: validators, serverAgrees: Preconditions.serverAgrees(on: request, validators))
        switch RangeVerdict(on: request, size: size, isEncoded: isEncoded, validators) {
        case .whole(let agrees): content.serverAgrees = content.serverAgrees && agrees
        case .uncut: (content.serverAgrees, content.acceptRanges) = (false, "none")
        case .uncutWithoutDate:
            (content.serverAgrees, content.acceptRanges) = (false, "none")
            content.validators = validators.withoutDate
        case .some(let some, let agrees):
            (content.ranges, content.serverAgrees) = (some, content.serverAgrees && agrees)
        case .unsatisfiable:
            return .answered(self.failure(.rangeNotSatisfiable, [.contentRange: "bytes */\(size)"]))
        }
        return .sent(content)
    }
}
