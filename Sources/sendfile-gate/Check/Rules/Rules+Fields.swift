import Sendfile

extension Rules {
    /// The header fields of a gate's file arrive as the gate sends them.
    static let fields: Rule = { facts, findings in
        guard facts.target.gate != nil else { return .skipped(.fields, "the target is not a gate") }
        if let skip = findings.skip(.fields) { return skip }
        func values(_ name: String) -> [String] {
            facts.whole.fields.filter { $0.name.lowercased() == name }.map { $0.value.lowercased() }
        }
        let control = values("cache-control").flatMap { value in
            value.split(separator: ",").map { String($0.drop { $0 == " " }) }
        }
        let shared = control.first { $0 == "public" || $0.hasPrefix("s-maxage=") }
        if let shared {
            return .fail(
                .fields, "Cache-Control contains \(shared): caches may give the file to clients without a link",
                .fieldsChanged, facts)
        }
        if !control.contains(where: { ["private", "no-store", "no-cache"].contains($0) }) {
            return .fail(
                .fields,
                "Cache-Control is \(values("cache-control").first.map(\.debugDescription) ?? "missing"), and the gate sends private",
                .fieldsChanged, facts)
        }
        let disposition = values("content-disposition")
        if disposition.isEmpty {
            return .fail(
                .fields, "Content-Disposition is missing: browsers do not get the file's name", .fieldsChanged, facts)
        }
        for name in ["content-disposition", "cache-control", "content-type", "etag", "x-content-type-options"] {
            let all = values(name)
            if Set(all).count > 1 {
                return .fail(
                    .fields, "\(name) is sent \(all.count) times with different values", .fieldsChanged, facts)
            }
        }
        let type = FileMediaType.type(ofName: facts.target.file.name)
        let received = values("content-type").first ?? "missing"
        if Self.plainType(received) != Self.plainType(type) {
            return .fail(
                .fields, "Content-Type is \(received), and the gate sends \(type) for this name", .fieldsChanged, facts)
        }
        if values("x-content-type-options") != ["nosniff"] {
            return .warn(
                .fields, "X-Content-Type-Options is not nosniff: browsers may run a file as another type",
                .fieldsChanged,
                facts)
        }
        return .pass(.fields, "the header fields are the gate's")
    }

    /// The type without parameters.
    private static func plainType(_ type: String) -> Substring { type.lowercased().prefix { $0 != ";" && $0 != " " } }
}
