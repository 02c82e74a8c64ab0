/// The grant of a valid request.
public struct VerifiedGrant: Sendable, Hashable {
    /// The content of the token.
    public let grant: Grant

    /// The place of the token in the request.
    public let place: GrantPlace

    /// The token as it was sent. It gives access to the files: do not log it.
    public let token: String

    package init(_ grant: Grant, in place: GrantPlace, token: String) {
        self.grant = grant
        self.place = place
        self.token = token
    }
}
