import HTTPTypes

extension HTTPField.Name {
    /// `Referrer-Policy`, which swift-http-types does not name.
    static let referrerPolicy = Self("Referrer-Policy")!
}
