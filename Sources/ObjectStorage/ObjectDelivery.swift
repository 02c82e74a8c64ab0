import Sendfile

/// The sender of an object's bytes to the client.
public struct ObjectDelivery: Sendable, Hashable, CustomStringConvertible {
    /// The name: the value of `OBJECT_DELIVERY`.
    public let description: String

    /// The web server fetches the object from the store and sends it (`object-storage` in `conf/nginx`, `conf/caddy` and `conf/apache`).
    ///
    /// The client sees neither the store's host nor a signature. Set this only where the web server has that configuration: any
    /// other one sends the signed URL to the client, in a header field of an empty response.
    public static let server = Self(description: "server")

    /// The client fetches the object from the store: a redirect to a signed URL that no cache may store.
    ///
    /// Every web server supports it. The client sees the store's host and a URL that is valid for a short time, and every
    /// holder of that URL gets the object until then.
    public static let redirect = Self(description: "redirect")

    /// The program fetches the object from the store and sends it as it arrives.
    ///
    /// Every web server supports it, and the client sees neither the store's host nor a signature. The program needs a transport, such as
    /// `ObjectStoreClient`. It keeps a few chunks of an object in memory, and reads as fast as the client does.
    public static let stream = Self(description: "stream")

    static let all: [ObjectDelivery] = [.server, .redirect, .stream]

    /// Finds a delivery by its name.
    ///
    /// - Parameter source: The setting's name, for the error.
    init(_ name: String, from source: String) throws(ObjectStoreError) {
        guard let delivery = Self.all.first(where: { $0.description == name }) else {
            throw ObjectStoreError(
                .unknownDelivery,
                "\(source) is \"\(name.printable)\"; use \(Self.all.map(\.description).joined(separator: ", "))")
        }
        self = delivery
    }

    private init(description: String) {
        self.description = description
    }
}
