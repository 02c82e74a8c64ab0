import HTTPTypes

/// What a request's conditional fields say about a file (RFC 9110 §13).
enum Preconditions {
    /// What is to be done with the method.
    enum Verdict: Sendable {
        /// Perform it.
        case proceed
        /// Answer 304: the client has the file.
        case notModified
        /// Answer 412.
        case failed
    }

    /// Judges the fields in the order of RFC 9110 §13.2.2.
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

    /// Whether every web server judges a request's conditions for the file itself as ``verdict(on:_:)`` does.
    ///
    /// nginx and Caddy make `GET` of another method before they send the file, and `If-Modified-Since` counts for that.
    /// nginx judges `If-Unmodified-Since` also where `If-Match` has decided, and takes what is no date for an old one.
    /// No web server knows the tags of what was compressed on the way (``EntityTags/list(_:containsCompressed:by:)``).
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

    /// Whether every web server judges an `If-Range` field as ``rangeApplies(ifRange:_:)`` does: it is exactly one of the
    /// validators, or another strong entity tag, or another date in the preferred form.
    static func isRegular(ifRange: String, _ validators: Validators) -> Bool {
        if ifRange == validators.entityTag { return true }
        if ifRange.utf8.first == UInt8(ascii: "\"") { return EntityTags.isValid(ifRange) }
        return HTTPDate(ifRange)?.text == ifRange
    }

    /// Whether a `Range` field counts, by the `If-Range` field that came with it (RFC 9110 §13.1.5): the entity tag by strong
    /// comparison, or exactly the date.
    static func rangeApplies(ifRange: String?, _ validators: Validators) -> Bool {
        guard let ifRange else { return true }
        if let date = HTTPDate(ifRange) { return date == validators.lastModified }
        return EntityTags.isValid(ifRange)
            && EntityTags.list(ifRange, contains: validators.entityTag, by: .strong)
    }
}
