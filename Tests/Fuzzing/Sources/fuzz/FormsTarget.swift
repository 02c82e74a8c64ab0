@testable import FastCGI
@testable import SendfileBasics

/// The texts of forms, credentials and cookies, and addresses to redirect to.
enum FormsTarget {
    static func run(_ input: Input) {
        var input = input
        let limit = Int(input.byte())
        let form = input.line()
        Self.form(form, limit: limit)
        Self.credentials(input.text())
        Self.cookie(input.text(), input.text())
        Self.redirect(input.text())
    }

    /// Compares with a second reading, byte by byte, as WHATWG URL §5.1 describes it.
    private static func form(_ bytes: [UInt8], limit: Int) {
        var pairs: [(name: [UInt8], value: [UInt8])] = []
        var pair: (name: [UInt8], value: [UInt8]) = ([], [])
        var isValue = false
        var isEmpty = true
        func finish() {
            if !isEmpty { pairs.append(pair) }
            (pair, isValue, isEmpty) = (([], []), false, true)
        }
        var index = 0
        while index < bytes.count {
            var byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "&") {
                finish()
                continue
            }
            isEmpty = false
            if byte == UInt8(ascii: "="), !isValue {
                isValue = true
                continue
            }
            if byte == UInt8(ascii: "+") {
                byte = UInt8(ascii: " ")
            } else if byte == UInt8(ascii: "%"), index + 2 <= bytes.count,
                let high = Character(Unicode.Scalar(bytes[index])).hexDigitValue,
                let low = Character(Unicode.Scalar(bytes[index + 1])).hexDigitValue
            {
                byte = UInt8(high << 4 | low)
                index += 2
            }
            if isValue { pair.value.append(byte) } else { pair.name.append(byte) }
        }
        finish()
        let fields = FormFields(bytes, limit: limit)
        require((fields == nil) == (pairs.count > limit), "\(pairs.count) fields of \(limit)")
        guard let fields else { return }
        require(
            fields.all.map(\.name) == pairs.map { String(decoding: $0.name, as: UTF8.self) }
                && fields.all.map(\.value) == pairs.map { String(decoding: $0.value, as: UTF8.self) },
            "\(fields.all) and \(pairs)")
        for field in fields.all { require(fields.values(field.name).contains(field.value), field.name) }
    }

    private static func credentials(_ text: String) {
        if let credentials = BasicCredentials(text) {
            require(!credentials.user.utf8.contains(UInt8(ascii: ":")), text)
            let all = "\(credentials.user):\(credentials.password)"
            require(all.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, text)
            require(
                BasicCredentials("Basic " + Base64.standard.encode(all.utf8))?.password == credentials.password, text)
        }
        for alphabet in [Base64.standard, .url] {
            require(alphabet.decode(alphabet.encode(text.utf8).utf8) == Array(text.utf8), text)
            guard let bytes = alphabet.decode(text.utf8) else { continue }
            // Two texts never stand for the same bytes, except without their padding.
            require(alphabet.encode(bytes).prefix { $0 != "=" } == text.prefix { $0 != "=" }, text)
        }
    }

    /// A cookie that is created arrives unchanged, and adds no attribute.
    private static func cookie(_ name: String, _ value: String) {
        guard let cookie = try? SetCookie(name, value) else { return }
        require(cookie.fieldValue.utf8.allSatisfy { (0x20...0x7E).contains($0) }, cookie.fieldValue)
        let plain = try? SetCookie("a", "b")
        let attributes = plain.map { $0.fieldValue.utf8.dropFirst("a=b".utf8.count) } ?? "".utf8[...]
        if !name.hasPrefix("__") {
            require(Array(cookie.fieldValue.utf8) == Array("\(name)=\(value)".utf8) + attributes, name)
        }
        let returned = Cookies("x=y; \(name)=\(value); z=0")
        if name != "x" { require(returned[name] == value, cookie.fieldValue) }
    }

    /// A browser that follows a local URL stays on the site: it removes tabs and line ends, and takes a backslash for a slash (WHATWG
    /// URL §4.4).
    private static func redirect(_ text: String) {
        var urls: [LocalURL] = ["/\(text)", "/\(text)/x", "/a/\(Array(text.utf8))?next=\(text)"]
        if let url = LocalURL(validating: text) { urls.append(url) }
        for url in urls {
            let seen = url.description.utf8.filter { ![9, 10, 13].contains($0) }
                .map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }
            require(
                seen.first == UInt8(ascii: "/") && seen.dropFirst().first != UInt8(ascii: "/")
                    && seen.allSatisfy { (0x21...0x7E).contains($0) }, "\(url)")
        }
    }
}
