/// The response fields that only a backend may send.
///
/// Web servers act on them: a field that carries a user's text under one of these names would choose the file that is sent
/// (`X-Sendfile`, `X-Accel-Redirect`, …), the delivery (`X-Accel-*`) or the status (`Status`, RFC 3875 §6.3.3).
package enum ReservedFields {
    /// Whether `name`, in lower case, is reserved.
    package static func contains(_ name: String) -> Bool {
        // Nearly all field names are decided by their first letter.
        switch name.utf8.first {
        case UInt8(ascii: "x"):
            name.hasPrefix("x-sendfile") || name == "x-reproxy-url" || name == "x-litespeed-location"
                || name.hasPrefix("x-accel-") || name.hasPrefix("x-lighttpd-")
        case UInt8(ascii: "s"): name == "status"
        default: false
        }
    }
}
