package import HTTPTypes

extension ObjectStore {
    /// A signed URL for a program that examines the store itself.
    ///
    /// - Returns: `nil` if no store has such a key.
    /// - Throws: ``ObjectStoreError`` if the credentials cannot be read.
    package func signedURL(_ method: HTTPRequest.Method, _ key: String) throws(ObjectStoreError) -> String? {
        guard let object = ObjectKey(key, below: self.prefix) else { return nil }
        return try self.url(
            for: ObjectRequest(method: method.rawValue, key: object, time: self.now(), life: self.life), key)
    }
}
