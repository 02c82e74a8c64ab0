/// A difference between a delivery and the others that its web server makes impossible to avoid.
///
/// The list is checked: where a difference that it names does not appear, the test fails.
struct ParityException: Sendable {
    let deliveries: [Delivery]
    /// The titles of the rows; `nil` for every row in which the differences appear.
    let rows: Set<String>?
    /// What differs: names of fields in lower case, or `status`, `body`.
    let differences: Set<String>
    let reason: String

    static let all: [ParityException] = []
}
