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

    /// Determines the kind of a component, which contains no slash.
    package init(_ component: some Collection<UInt8>) {
        // At most two bytes are compared one by one.
        guard component.count <= 2, component.allSatisfy({ $0 == UInt8(ascii: ".") }) else {
            self = .name
            return
        }
        self.init(dots: component.count)
    }

    /// Determines the kind of a component in memory, which contains no slash.
    @inlinable @inline(__always)
    package init(_ component: UnsafeBufferPointer<UInt8>) {
        guard component.count <= 2, component.allSatisfy({ $0 == UInt8(ascii: ".") }) else {
            self = .name
            return
        }
        self.init(dots: component.count)
    }

    @inlinable @inline(__always)
    init(dots: Int) {
        self = dots == 0 ? .empty : dots == 1 ? .current : .parent
    }

    /// The components of a path, including empty ones.
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
