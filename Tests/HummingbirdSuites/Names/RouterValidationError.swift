@testable import Hummingbird

extension RouterValidationError {
    /// Hummingbird's own initializer is visible in its package only.
    init(path: String, override: String) {
        self.init(path: RouterPath(path), override: RouterPath(override))
    }
}
