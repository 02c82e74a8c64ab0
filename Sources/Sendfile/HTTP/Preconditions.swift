import HTTPTypes

/// The evaluation of a request's conditional fields for a file (RFC 9110 §13).
enum Preconditions {
    /// The result of the evaluation.
    enum Verdict: Sendable {
        /// Perform the method.
        case proceed
        /// Answer with 304: the client has the current file.
        case notModified
        /// Answer with 412.
        case failed
    }

    /// Evaluates the fields in the order of RFC 9110 §13.2.2.
    static func verdict(on request: some SendfileRequest, _ validators: Validators) -> Verdict {
        if let list = request.fieldValue(.ifMatch) {
            let isMatched =
                EntityTags.list(list, contains: validators.entityTag, by: .strong)
                || EntityTags.list(list, containsCompressed: validators.entityTag, by: .strong)
            guard isMatched else { return .failed }
        } else if let limit = request.fieldValue(.ifUnmodifiedSince).flatMap({ HTTPDate($0) }),
            let changeDate = validators.changeDate
        {
            guard changeDate.seconds <= limit.seconds else { return .failed }
        }

        let isSafe = request.method == .get || request.method == .head
        if let list = request.fieldValue(.ifNoneMatch) {
            let isMatched =
                EntityTags.list(list, contains: validators.entityTag, by: .weak)
                || EntityTags.list(list, containsCompressed: validators.entityTag, by: .weak)
            guard !isMatched else { return isSafe ? .notModified : .failed }
        } else if isSafe, let limit = request.fieldValue(.ifModifiedSince).flatMap({ HTTPDate($0) }),
            let lastModified = validators.lastModified
        {
            guard lastModified.seconds > limit.seconds else { return .notModified }
        }
        return .proceed
    }

    /// Whether every web server evaluates a request's conditions for the file in the same way as ``verdict(on:_:)``.
    ///
    /// nginx and Caddy change another method to `GET` before they send the file, and then apply `If-Modified-Since`.
    /// nginx evaluates `If-Unmodified-Since` even if `If-Match` has decided, and treats an invalid date as an old one.
    /// No web server recognizes the tags of compressed responses (``EntityTags/list(_:containsCompressed:by:)``).
    static func serverAgrees(on request: some SendfileRequest, _ validators: Validators) -> Bool {
        if let list = request.fieldValue(.ifMatch),
            !EntityTags.list(list, contains: validators.entityTag, by: .strong)
        {
            return false
        }
        if request.method != .get, request.method != .head, request.fieldValue(.ifModifiedSince) != nil { return false }
        guard let date = request.fieldValue(.ifUnmodifiedSince) else { return true }
        return request.fieldValue(.ifMatch) == nil && HTTPDate(date)?.text == date
    }

    /// Whether every web server evaluates an `If-Range` field in the same way as ``rangeApplies(ifRange:_:)``: the
    /// value is exactly one of the validators, or another strong entity tag, or another date in the preferred form.
    static func isRegular(ifRange: String, _ validators: Validators) -> Bool {
        if ifRange == validators.entityTag { return true }
        if ifRange.utf8.first == UInt8(ascii: "\"") { return EntityTags.isValid(ifRange) }
        return HTTPDate(ifRange)?.text == ifRange
    }

    /// Whether a `Range` field applies, given the `If-Range` field (RFC 9110 §13.1.5): the entity tag must match by
    /// strong comparison, or the date exactly.
    static func rangeApplies(ifRange: String?, _ validators: Validators) -> Bool {
        guard let ifRange else { return true }
        if let date = HTTPDate(ifRange) { return date == validators.lastModified }
        return EntityTags.isValid(ifRange)
            && EntityTags.list(ifRange, contains: validators.entityTag, by: .strong)
    }
}
