import SendfileBasics

/// Comparison of secrets that a client sends, such as the key of a program that calls this one.
///
/// The operator `==` returns at the first difference. A client that measures the time of many requests can thereby find a secret
/// letter by letter.
///
/// ```swift
/// guard ConstantTime.areEqual(request.fieldValue(.authorization) ?? "", "Bearer \(secret)") else {
///     return Response(status: .unauthorized)
/// }
/// ```
///
/// Passwords need more than this: store only their hashes, made by scrypt, Argon2 or bcrypt.
public enum ConstantTime {
    /// Whether two texts have the same UTF-8. The time depends only on their lengths.
    public static func areEqual(_ first: String, _ second: String) -> Bool { self.areEqual(first.utf8, second.utf8) }

    /// Whether two sequences have the same bytes. The time depends only on their lengths.
    public static func areEqual(_ first: some Sequence<UInt8>, _ second: some Sequence<UInt8>) -> Bool {
        ByteComparison.areEqual(Array(first), Array(second))
    }
}
