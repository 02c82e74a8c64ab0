/// The kinds of text between two slashes of a path.
package enum PathComponent: Sendable {
    /// Nothing: two slashes in a row, or one at the end.
    case empty
    /// `.`
    case current
    /// `..`
    case parent
    /// Anything else.
    case name

    /// Tells the kind of a component, which contains no slash.
    @inlinable @inline(__always)
    package init(_ component: some Collection<UInt8>) {
        var dots = 0
        for byte in component {
            guard byte == UInt8(ascii: "."), dots < 2 else {
                self = .name
                return
            }
            dots += 1
        }
        self = dots == 0 ? .empty : dots == 1 ? .current : .parent
    }

    /// The components of a path, the empty ones too.
    @inlinable
    package static func all<Path: Collection<UInt8>>(of path: Path) -> [Path.SubSequence] {
        path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    }

    /// Whether a component of a path is `.` or `..`.
    @inlinable
    package static func hasDots(_ path: some Collection<UInt8>) -> Bool {
        path.split(separator: UInt8(ascii: "/")).contains { component in
            switch Self(component) {
            case .current, .parent: true
            case .empty, .name: false
            }
        }
    }
}
