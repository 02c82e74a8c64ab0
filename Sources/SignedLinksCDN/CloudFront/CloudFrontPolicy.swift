import SendfileBasics
import SendfileJSON
import SignedLinks

/// The content of a policy with a correct signature.
///
/// AWS describes the fields in
/// [Create a signed URL using a custom policy](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html).
/// An unknown field is an error, because it may be a limit.
struct CloudFrontPolicy {
    /// The pattern of URLs; one without a resource covers every URL.
    let resource: URLPattern
    /// The first second in which the policy is not valid any more.
    let end: Int64
    /// The last second in which the policy is not valid yet.
    let start: Int64?
    let network: Grant.Network?

    /// The text of a canned policy, which both sides write.
    static func canned(_ url: [UInt8], expires: String) -> [UInt8] {
        Array(#"{"Statement":[{"Resource":""#.utf8) + url
            + Array(#"","Condition":{"DateLessThan":{"AWS:EpochTime":\#(expires)}}}]}"#.utf8)
    }

    /// The canned policy with an expiry, for one URL.
    init(_ url: [UInt8], expires: Int64) {
        self.resource = URLPattern(url)
        self.end = expires
        self.start = nil
        self.network = nil
    }

    /// Reads a custom policy.
    init(_ text: [UInt8]) throws(LinkFlaw) {
        let policy = try Self.members(of: JSONText(text[...]), ["Statement"])
        guard case .list(let statements)? = policy["Statement"], statements.count == 1 else {
            throw LinkFlaw.malformed("its policy has not one statement")
        }
        let statement = try Self.members(of: statements[0], ["Resource", "Condition"])
        switch statement["Resource"] {
        case nil: self.resource = URLPattern("*".utf8)
        case .text(let text)?: self.resource = URLPattern(text.utf8)
        default: throw LinkFlaw.malformed("its policy's Resource is not a text")
        }
        let condition = try Self.members(
            of: statement["Condition"], ["DateLessThan", "DateGreaterThan", "IpAddress"])
        guard let end = try Self.time(condition["DateLessThan"]) else {
            throw LinkFlaw.malformed("its policy has no DateLessThan")
        }
        self.end = end
        self.start = try Self.time(condition["DateGreaterThan"])
        guard let addresses = condition["IpAddress"] else {
            self.network = nil
            return
        }
        // CloudFront's clients may write 192.0.2.1/24.
        guard let text = try Self.members(of: addresses, ["AWS:SourceIp"])["AWS:SourceIp"]?.text,
            let network = Grant.Network(text, isMasked: true)
        else { throw LinkFlaw.malformed("its policy's AWS:SourceIp is not an address or a network") }
        self.network = network
    }

    /// The policy as a grant for a request that it covers.
    func grant(_ scope: Grant.Scope) -> Grant {
        var grant = Grant(scope, expires: LinkTime(secondsSince1970: self.end) - .seconds(1))
        grant.notBefore = self.start.map { LinkTime(secondsSince1970: $0) + .seconds(1) }
        grant.networks = self.network.map { [$0] } ?? []
        return grant
    }

    private static func time(_ value: JSONText?) throws(LinkFlaw) -> Int64? {
        guard let value else { return nil }
        guard let time = try Self.members(of: value, ["AWS:EpochTime"])["AWS:EpochTime"]?.count else {
            throw LinkFlaw.malformed("its policy's AWS:EpochTime is not a number of seconds")
        }
        return time
    }

    private static func members(of value: JSONText?, _ names: Set<String>) throws(LinkFlaw) -> [String: JSONText] {
        guard case .object(let members)? = value, names.isSuperset(of: members.keys) else {
            throw LinkFlaw.malformed("its policy is not a JSON object, or has a field that this version does not know")
        }
        return members
    }
}
