/// The settings of a ``FastCGIServer``.
public struct FastCGIConfiguration: Sendable {
    public init() {}
}
