/// Why a link is not valid, for the log.
///
/// The description holds nothing of the request but the name of a key, which is letters, digits, `-`, `.`, `_` and `~`.
public enum LinkFlaw: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no signature at all: somebody asks without a link.
    case missingSignature
    /// The link is not of the format; what of it is not.
    case malformed(String)
    /// No key has the name that stands in the link.
    case unknownKey(String)
    /// The signature is wrong: another path, another expiry, another secret, or bound to something else.
    case wrongSignature
    /// The link was made in the future, by a clock that is ahead by more than the timeout. lighttpd refuses it too.
    case notYetValid
    /// The format cannot be bound to what the caller asks for, so no link of it is good enough.
    case unsupportedBinding(String)
    /// The format needs something to be bound to that the caller did not give.
    case missingBinding(String)

    /// A sentence without a full stop.
    public var description: String {
        switch self {
        case .missingSignature: "the link has no signature"
        case .malformed(let part): "the link is malformed: \(part)"
        case .unknownKey(let id): "no key is named \"\(id)\""
        case .wrongSignature: "the signature is wrong: changed, of another key, or bound to something else"
        case .notYetValid: "the link was made in the future: compare the clocks"
        case .unsupportedBinding(let name): "links of this format cannot be bound to the \(name)"
        case .missingBinding(let name): "links of this format are bound to the \(name), which is not known"
        }
    }
}
