import FastCGI

@testable import Sendfile
@testable import SendfileBasics

/// Header fields and paths as clients send them.
enum FieldTargets {
    static func ranges(_ input: Input) {
        var input = input
        let size = [0, 1, 7, 1000, Int64.max][Int(input.byte()) % 5]
        let field = (input.byte() % 4 == 0 ? "" : "bytes=") + input.text()
        _ = ByteRanges.isRegular(field)
        guard case .some(let ranges) = ByteRanges(field, size: size) else { return }
        var left = size
        for range in ranges {
            require(range.lowerBound >= 0 && !range.isEmpty && range.upperBound <= size, "\(range) of \(size)")
            left -= range.upperBound - range.lowerBound
        }
        require(left >= 0 && (1...ByteRanges.maximumCount).contains(ranges.count), "\(ranges) of \(size)")
    }

    static func conditions(_ input: Input) {
        var input = input
        let (list, tag, date, encodings) = (input.text(), input.text(), input.text(), input.text())
        if EntityTags.isValid(tag), !list.utf8.contains(UInt8(ascii: "*")) {
            for comparison in [EntityTags.Comparison.strong, .weak] {
                let isThere = EntityTags.list(list, contains: tag, by: comparison)
                let bare = tag.hasPrefix("W/") ? String(tag.dropFirst(2)) : tag
                require(!isThere || list.utf8.count >= bare.utf8.count, "\(tag) in \(list)")
            }
            require(
                EntityTags.list(tag, contains: tag, by: .weak)
                    && EntityTags.list(tag, contains: tag, by: .strong) != tag.hasPrefix("W/"), tag)
        }
        if let date = HTTPDate(date, now: 1_780_000_000), let text = date.text {
            require(text.utf8.count == 29 && HTTPDate(text) == date, "\(date) is written as \(text)")
        }
        let preferred = AcceptEncoding(encodings).preferred
        require(preferred.count <= AcceptEncoding.Coding.allCases.count, "\(preferred)")
    }

    static func disposition(_ input: Input) {
        var input = input
        let kind = input.byte()
        let bytes = Array(input.rest)
        let name = String(decoding: bytes, as: UTF8.self)
        let value =
            switch kind % 3 {
            case 0: ContentDisposition.attachment(named: name).fieldValue(fileName: bytes)
            case 1: ContentDisposition.attachment.fieldValue(fileName: bytes)
            default: ContentDisposition.inlineWithFileName.fieldValue(fileName: bytes)
            }
        guard let value else { return }
        require(value.utf8.allSatisfy { (0x20...0x7E).contains($0) }, value)
        let quotes = value.utf8.filter { $0 == UInt8(ascii: "\"") }.count
        require([0, 2].contains(quotes) && !value.utf8.contains(UInt8(ascii: "\\")), value)
    }

    static func path(_ input: Input) {
        let bytes = Array(input.rest)
        require(PercentEncoding.decode(PercentEncoding.encodePath(bytes)) == bytes, "\(bytes)")
        let decoded = PercentEncoding.decode(bytes)
        require(decoded.count <= bytes.count, "\(bytes)")
        guard let path = try? RelativePath(.text(String(decoding: bytes, as: UTF8.self))) else { return }
        let components = path.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        require(
            !components.contains { $0.isEmpty || $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }, "\(path)")
        require(path.nulTerminated.last == 0 && !path.bytes.contains(0) && !path.lastComponent.isEmpty, "\(path)")
        require(path.directory.last == 0, "\(path)")
    }

    static func cookies(_ input: Input) {
        let text = String(decoding: input.rest, as: UTF8.self)
        let cookies = Cookies(text)
        for name in cookies.names { require(cookies[name] != nil, "\(name) of \(text)") }
    }
}
