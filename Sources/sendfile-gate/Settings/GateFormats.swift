import SignedLinks

/// The formats of a gate's links, read from the settings: the first one makes new links, and links of all of them are
/// valid.
struct GateFormats: Sendable, CustomStringConvertible {
    /// At least one.
    let all: [LinkFormat]

    /// The names, as in the setting.
    var description: String { self.all.map(\.description).joined(separator: ",") }

    init(_ source: SettingsSource) throws(GateError) {
        let text = source["SENDFILE_LINK_FORMAT"] ?? "hmac"
        var formats: [LinkFormat] = []
        for name in GateSettings.list(text) {
            guard let format = LinkFormat(name) else {
                throw GateSettings.wrong(
                    "SENDFILE_LINK_FORMAT", text,
                    "one of \(LinkFormat.allNames.joined(separator: ", ")), or several of them separated by commas")
            }
            guard !formats.contains(format) else {
                throw GateSettings.wrong("SENDFILE_LINK_FORMAT", text, "a list in which each format is named once")
            }
            formats.append(format)
        }
        self.all = try Self.withOwnValues(formats, source, text)
    }

    /// The formats with the settings of nginx's format.
    private static func withOwnValues(
        _ formats: [LinkFormat], _ source: SettingsSource, _ text: String
    ) throws(GateError) -> [LinkFormat] {
        let expression = source["SENDFILE_LINK_NGINX_EXPRESSION"]
        let arguments = source["SENDFILE_LINK_NGINX_ARGUMENTS"]
        for (name, value) in [
            ("SENDFILE_LINK_NGINX_EXPRESSION", expression), ("SENDFILE_LINK_NGINX_ARGUMENTS", arguments),
        ] where value != nil && !formats.contains(.nginxSecureLink) {
            throw GateError(
                .configuration,
                "\(name) is set, but SENDFILE_LINK_FORMAT=\(text) does not use it; remove it, or set the format to "
                    + "nginx-secure-link")
        }
        let names = (arguments ?? "md5,expires").split(separator: ",", omittingEmptySubsequences: false)
        guard names.count == 2 else {
            throw GateSettings.wrong(
                "SENDFILE_LINK_NGINX_ARGUMENTS", arguments ?? "",
                "the names of two URL arguments, that of the signature and that of the expiry, such as md5,expires")
        }
        guard expression != nil || arguments != nil else { return formats }
        let format = LinkFormat.nginxSecureLink(
            expression: expression ?? LinkFormat.defaultExpression, signatureArgument: String(names[0]),
            expiresArgument: String(names[1]))
        return formats.map { $0 == .nginxSecureLink ? format : $0 }
    }
}
