import SystemPackage

/// The delivery of a program that has started its own web server for development.
///
/// It replaces all delivery settings, also those of code, because that web server has a generated configuration, and no other: one
/// backend, and one rule for the files of all roots.
package enum DevelopmentDelivery {
    /// nginx's internal location for `/`. Programs do not have such a URL of their own.
    package static let internalURLPrefix = "/fastcgi-development-files/"

    private static let backend = Locked<BackendChoice?>(nil)

    /// Sets the backend of every `Sendfile` value that is created from now on.
    package static func use(_ backend: BackendChoice) {
        self.backend.withLock { $0 = backend }
    }

    /// The configuration with the delivery that is in force.
    static func applied(to configuration: SendfileConfiguration) -> SendfileConfiguration {
        guard let backend = self.backend.withLock({ $0 }) else { return configuration }
        return SendfileConfiguration(
            root: configuration.root, backend: backend, internalURLPrefix: self.internalURLPrefix,
            internalURLMapping: backend.hasURLs ? ["/": self.internalURLPrefix] : [:])
    }
}
