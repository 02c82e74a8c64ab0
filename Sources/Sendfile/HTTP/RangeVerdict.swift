import HTTPTypes

/// What a request's `Range` and `If-Range` fields come to (RFC 9110 §14.2, §13.1.5).
enum RangeVerdict {
    /// All bytes are sent; and whether every web server comes to the same.
    case whole(serverAgrees: Bool)
    /// All bytes are sent, and no web server may cut them: lighttpd and Apache would, in what they only pass on, too.
    case uncut
    /// The same, and no date is told: by the date, Apache would find that the client's `If-Range` holds.
    case uncutWithoutDate
    /// These are sent, in this order; and whether every web server cuts them in the same way.
    case some([Range<Int64>], serverAgrees: Bool)
    /// There are no such bytes: 416.
    case unsatisfiable

    /// Judges the fields for a file of `size` bytes.
    ///
    /// - Parameter isEncoded: Whether the answer has a `Content-Encoding`; nothing compresses it once more then.
    init(on request: some SendfileRequest, size: Int64, isEncoded: Bool, _ validators: Validators) {
        guard let field = request.fieldValue(.range) else {
            self = .whole(serverAgrees: true)
            return
        }
        // Ranges are defined for GET only (RFC 9110 §14.2); web servers cut the file that they are given all the same.
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

    /// Whether the web server leaves the `ETag` of what it compresses as it is: Caddy's `encode` does, in 2.6.
    ///
    /// All others change it. The date is the same for all encodings, whatever compresses. A request without `If-Range` says nothing about
    /// the bytes that the client has.
    private static func isServerCompressingUnseen(_ request: some SendfileRequest) -> Bool {
        request.serverParameter("SERVER_SOFTWARE")?.isVersion(of: "Caddy") == true
    }

    /// Whether `If-Match` holds because of the tag of a compressed encoding, which then is what the client has.
    private static func isMatchedCompressed(_ request: some SendfileRequest, _ validators: Validators) -> Bool {
        guard let list = request.fieldValue(.ifMatch) else { return false }
        return !EntityTags.list(list, contains: validators.entityTag, by: .strong)
    }
}
