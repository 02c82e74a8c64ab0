import HTTPTypes

/// What a request's `Range` and `If-Range` fields come to (RFC 9110 §14.2, §13.1.5).
enum RangeVerdict {
    /// All bytes are sent; and whether every web server comes to the same.
    case whole(serverAgrees: Bool)
    /// All bytes are sent, and no web server may cut them: lighttpd would, in what it only passes on, too.
    case uncut
    /// These are sent, in this order; and whether every web server cuts them in the same way.
    case some([Range<Int64>], serverAgrees: Bool)
    /// There are no such bytes: 416.
    case unsatisfiable

    /// Judges the fields for a file of `size` bytes.
    init(on request: some SendfileRequest, size: Int64, _ validators: Validators) {
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
        guard !Self.mayMixEncodings(request, ifRange: ifRange, validators) else {
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

    /// Whether a part of the file could be put behind bytes of another encoding of it: a web server that compresses what the program
    /// answers gives the two encodings different entity tags and the same date. (A request without `If-Range` says nothing about the bytes
    /// that the client has.)
    private static func mayMixEncodings(
        _ request: some SendfileRequest, ifRange: String?, _ validators: Validators
    ) -> Bool {
        if let ifRange, HTTPDate(ifRange) != nil, let codings = request.fieldValue(.acceptEncoding),
            AcceptEncoding(codings).acceptsAny
        {
            return true
        }
        guard let list = request.fieldValue(.ifMatch) else { return false }
        return !EntityTags.list(list, contains: validators.entityTag, by: .strong)
    }
}
