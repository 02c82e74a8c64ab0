/// The replies to management records (FastCGI 1.0 §4).
///
/// libfcgi would say that it accepts one connection; this program accepts many, so the reply is created here.
struct ManagementValues: Sendable {
    /// FCGI_MAX_CONNS and FCGI_MAX_REQS: a connection carries one request at a time.
    var connections: Int

    /// The complete record that replies to a management record of `type`.
    func answer(_ type: UInt8, content: [UInt8]) -> [UInt8] {
        guard type == RecordHeader.Kind.getValues.rawValue else {
            let content: [UInt8] = [type, 0, 0, 0, 0, 0, 0, 0]
            return RecordHeader.records(.unknownType, requestID: 0, content: content)
        }
        var result: [UInt8] = []
        for name in Self.names(content) {
            let value: String
            switch name {
            case "FCGI_MAX_CONNS", "FCGI_MAX_REQS": value = String(self.connections)
            case "FCGI_MPXS_CONNS": value = "0"
            default: continue
            }
            result += [UInt8(name.utf8.count), UInt8(value.utf8.count)] + Array(name.utf8) + Array(value.utf8)
        }
        return RecordHeader.records(.getValuesResult, requestID: 0, content: result)
    }

    /// The names in a list of name-value pairs whose lengths fit into one byte each, as those of all known values do.
    private static func names(_ content: [UInt8]) -> [String] {
        var names: [String] = []
        var rest = content[...]
        while rest.count >= 2, rest[rest.startIndex] < 0x80, rest[rest.startIndex + 1] < 0x80, names.count < 8 {
            let nameLength = Int(rest[rest.startIndex])
            let valueLength = Int(rest[rest.startIndex + 1])
            rest = rest.dropFirst(2)
            guard rest.count >= nameLength + valueLength else { break }
            names.append(String(decoding: rest.prefix(nameLength), as: UTF8.self))
            rest = rest.dropFirst(nameLength + valueLength)
        }
        return names
    }
}
