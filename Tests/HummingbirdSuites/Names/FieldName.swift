import HTTPTypes

extension HTTPField.Name {
    /// The field that Hummingbird's tests of routers set. It is declared beside its tests of applications, which are not part of these.
    static let test = Self("HBTest")!
}
