import Synchronization

/// The response fields that only a backend may send.
///
/// Web servers act on them: a field that carries a user's text under one of these names would choose the file that is sent
/// (`X-Sendfile`, `X-Accel-Redirect`, …), the object (`X-Object-Store-*`), the delivery (`X-Accel-*`) or the status (`Status`, RFC 3875 §6.3.3). The names of the
/// library's own backends are always reserved; those of another backend are from the moment in which it is chosen.
package enum ReservedFields {
    /// Whether ``others`` has names.
    private static let hasOthers = Atomic<Bool>(false)

    /// The names that backends outside of the library have reserved, in lower case.
    private static let others = Locked<Set<String>>([])

    /// Whether `name`, in lower case, is reserved.
    package static func contains(_ name: String) -> Bool {
        self.isOwn(name) || self.hasOthers.load(ordering: .acquiring) && self.isOther(name)
    }

    /// Reserves names for the rest of the process; one that ends in `*` stands for all names with that prefix.
    static func reserve(_ names: [String]) {
        let names = names.map { $0.lowercased() }.filter { !self.isOwn($0) }
        guard !names.isEmpty else { return }
        self.others.withLock { $0.formUnion(names) }
        self.hasOthers.store(true, ordering: .releasing)
    }

    private static func isOwn(_ name: String) -> Bool {
        // Nearly all field names are decided by their first letter.
        switch name.utf8.first {
        case UInt8(ascii: "x"):
            name.hasPrefix("x-sendfile") || name == "x-reproxy-url" || name == "x-litespeed-location"
                || name.hasPrefix("x-accel-") || name.hasPrefix("x-lighttpd-") || name.hasPrefix("x-object-store-")
        case UInt8(ascii: "s"): name == "status"
        default: false
        }
    }

    private static func isOther(_ name: String) -> Bool {
        self.others.withLock { names in
            names.contains(name) || names.contains { $0.last == "*" && name.hasPrefix($0.dropLast()) }
        }
    }
}
