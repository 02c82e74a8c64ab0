import HTTPTypes

/// The result of a request's `Range` and `If-Range` fields (RFC 9110 §14.2, §13.1.5).
enum RangeVerdict {
    /// All bytes are sent. `serverAgrees`: every web server would also send all bytes.
    case whole(serverAgrees: Bool)
    /// All bytes are sent, and the response must prevent the web server from applying the range. lighttpd and Apache
    /// apply it even to a response that they only forward.
    case uncut
    /// Like ``uncut``, and without `Last-Modified`, because the date would satisfy the client's `If-Range` in Apache.
    case uncutWithoutDate
    /// These bytes are sent, in this order. `serverAgrees`: every web server applies the ranges in the same way.
    case some([Range<Int64>], serverAgrees: Bool)
    /// No such bytes exist: 416.
    case unsatisfiable

    /// Evaluates the fields for a file of `size` bytes.
    ///
    /// - Parameter isEncoded: Whether the response has a `Content-Encoding`, so that no server compresses it again.
    init(on request: some SendfileRequest, size: Int64, isEncoded: Bool, _ validators: Validators) {
        guard let field = request.fieldValue(.range) else {
            self = .whole(serverAgrees: true)
            return
        }
        // Ranges are defined for GET only (RFC 9110 §14.2), but web servers apply them to other methods, too.
        guard request.method == .get else {
            self = .whole(serverAgrees: false)
            return
        }
        let ifRange = request.fieldValue(.ifRange)
        if let ifRange, request.fieldValue(.acceptEncoding).map({ AcceptEncoding($0).acceptsAny }) == true {
            if HTTPDate(ifRange) != nil {
                self = .uncutWithoutDate
                return
            }
            if !isEncoded, Self.isServerCompressingUnseen(request) {
                self = .uncut
                return
            }
        }
        if Self.isMatchedCompressed(request, validators) {
            self = .uncut
            return
        }
        let serverAgrees =
            ByteRanges.isRegular(field) && ifRange.map { Preconditions.isRegular(ifRange: $0, validators) } ?? true
        guard Preconditions.rangeApplies(ifRange: ifRange, validators) else {
            self = .whole(serverAgrees: serverAgrees)
            return
        }
        switch ByteRanges(field, size: size) {
        case .some(let ranges): self = .some(ranges, serverAgrees: serverAgrees)
        case .whole: self = .whole(serverAgrees: false)
        case .wholeInstead: self = .uncut
        case .unsatisfiable: self = .unsatisfiable
        }
    }

    /// Whether the web server compresses without changing the `ETag`, as Caddy's `encode` does in 2.6.
    ///
    /// All other servers change it. The date is the same for all encodings. A request without `If-Range` does not
    /// identify the bytes that the client has.
    private static func isServerCompressingUnseen(_ request: some SendfileRequest) -> Bool {
        request.serverParameter("SERVER_SOFTWARE")?.isVersion(of: "Caddy") == true
    }

    /// Whether `If-Match` holds because of the tag of a compressed response, which is what the client has.
    private static func isMatchedCompressed(_ request: some SendfileRequest, _ validators: Validators) -> Bool {
        guard let list = request.fieldValue(.ifMatch) else { return false }
        return !EntityTags.list(list, contains: validators.entityTag, by: .strong)
    }
}
