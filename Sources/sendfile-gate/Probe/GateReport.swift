import SendfileBasics

/// A gate's account of a request that it refused: its settings, and the URL that reached it.
struct GateReport: Sendable, Equatable {
    /// The kind of reason, as for ``RefusalLog``.
    var reason: String
    /// `SENDFILE_LINK_PREFIX` of the gate.
    var prefix: String
    /// `SENDFILE_LINK_FORMAT` of the gate.
    var format: String
    /// `SENDFILE_LINK_BINDING` of the gate, sorted.
    var binding: String
    /// The decoded path that the gate saw.
    var path: String
    /// Whether the gate saw a query.
    var hasQuery: Bool

    /// The directory of the files for this request; empty if none is set.
    var root = ""
    /// `SENDFILE_BACKEND` for this request.
    var backend = ""
    /// `SENDFILE_URL` for this request.
    var internalPrefix = ""

    /// `REMOTE_ADDR` and `REMOTE_USER` as the web server passes them.
    var address = ""
    var user = ""

    /// The report as the value of a header field.
    var text: String {
        [
            self.reason, self.prefix, self.format, self.binding, self.path, self.hasQuery ? "1" : "0", self.root,
            self.backend, self.internalPrefix, self.address, self.user,
        ].map { PercentEncoding.text($0.utf8) }.joined(separator: ";").replacing(".", with: "%2E")
    }

    init(reason: String, prefix: String, format: String, binding: String, path: String, hasQuery: Bool) {
        (self.reason, self.prefix, self.format, self.binding) = (reason, prefix, format, binding)
        (self.path, self.hasQuery) = (path, hasQuery)
    }

    /// The bindings in the order of their names.
    static func binding(_ bindings: Set<GateSettings.Binding>) -> String {
        bindings.map(\.rawValue).sorted().joined(separator: ",")
    }

    /// Reads ``text``; `nil` if it is not one.
    init?(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { part in
            String(decoding: PercentEncoding.decode(part.utf8), as: UTF8.self)
        }
        // A gate of an older version sends six.
        guard parts.count == 6 || parts.count == 11 else { return nil }
        self.init(
            reason: parts[0], prefix: parts[1], format: parts[2], binding: parts[3], path: parts[4],
            hasQuery: parts[5] == "1")
        guard parts.count == 11 else { return }
        (self.root, self.backend, self.internalPrefix) = (parts[6], parts[7], parts[8])
        (self.address, self.user) = (parts[9], parts[10])
    }
}
