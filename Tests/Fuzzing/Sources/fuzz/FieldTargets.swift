import FastCGI
import Glibc
import HTTPTypes

@testable import Sendfile
@testable import SendfileBasics

/// Header fields and paths as clients send them, against a second reading of their grammars.
enum FieldTargets {
    static func ranges(_ input: Input) {
        var input = input
        let size = [0, 1, 7, 1000, Int64.max][Int(input.byte()) % 5]
        let field = (input.byte() % 4 == 0 ? "" : "bytes=") + input.text()
        let isRegular = ByteRanges.isRegular(field)
        let result = ByteRanges(field, size: size)
        let grammar = FieldGrammar.ranges(field, size: UInt64(size))
        if isRegular { require(field.utf8.contains(UInt8(ascii: "-")) && grammar != .otherUnit, field) }
        switch (result, grammar) {
        case (.whole, .otherUnit): break
        // Only the order of the checks decides which of these is the answer.
        case (.unsatisfiable, .malformed): break
        case (.wholeInstead, .malformed): require(field.utf8.count > 16, field)
        case (.unsatisfiable, .some(let ranges, _)): require(ranges.isEmpty, "\(field) of \(size)")
        case (.wholeInstead, .some(let ranges, let count)):
            let isLarge = ranges.reduce((UInt64(0), false)) { sum, range in
                let (total, overflow) = sum.0.addingReportingOverflow(UInt64(range.count))
                return (total, sum.1 || overflow || total > UInt64(size))
            }.1
            require(count > ByteRanges.maximumCount || isLarge || size == 0, "\(field) of \(size)")
        case (.some(let found), .some(let ranges, let count)):
            require(
                found.map { UInt64($0.lowerBound)..<UInt64($0.upperBound) } == ranges, "\(field): \(found), \(ranges)")
            require(count <= ByteRanges.maximumCount, field)
        default: require(false, "\(field) of \(size) is \(result), but \(grammar)")
        }
        guard case .some(let ranges) = result else { return }
        var left = size
        for range in ranges {
            require(range.lowerBound >= 0 && !range.isEmpty && range.upperBound <= size, "\(range) of \(size)")
            left -= range.upperBound - range.lowerBound
        }
        require(left >= 0 && (1...ByteRanges.maximumCount).contains(ranges.count), "\(ranges) of \(size)")
    }

    /// The verdict is that of RFC 9110 §13.2.2, for lists that are grammatical. `@` in a list stands for the file's tag.
    static func conditions(_ input: Input) {
        var input = input
        let (flags, method) = (input.byte(), [HTTPRequest.Method.get, .head, .post][Int(input.byte()) % 3])
        let deltas = [-1, 0, 1, 100_000_000]
        let tag = input.text()
        let modified: Int64 = 1_000_000_000
        guard EntityTags.isValid(tag), let own = FieldGrammar.tags(tag)?.first else {
            require(FieldGrammar.tags(tag)?.count != 1 || tag.utf8.contains { ", \t".utf8.contains($0) }, tag)
            return
        }
        var request = HTTPRequest(method: method, scheme: nil, authority: nil, path: "/")
        func date(_ shift: Int) -> String? {
            HTTPDate(seconds: modified + Int64(deltas[Int(flags >> shift & 3)])).text
        }
        let lists = [input.text(), input.text()].map { $0.replacing("@", with: tag) }
        if flags & 1 != 0 { request.headerFields[.ifMatch] = lists[0] }
        if flags & 2 != 0 { request.headerFields[.ifNoneMatch] = lists[1] }
        if flags & 4 != 0 { request.headerFields[.ifUnmodifiedSince] = date(4) }
        if flags & 8 != 0 { request.headerFields[.ifModifiedSince] = date(6) }
        let validators = Validators(entityTag: tag, modified: modified, size: 17, overriddenBy: [:])
        let verdict = Preconditions.verdict(on: request, validators)
        _ = Preconditions.serverAgrees(on: request, validators)
        for list in lists {
            if Preconditions.rangeApplies(ifRange: list, validators), HTTPDate(list) == nil {
                require(list == tag && !own.isWeak, "\(list) applies to \(tag)")
            }
        }

        func matches(_ name: HTTPField.Name, strongly: Bool) -> Bool?? {
            guard let field = request.headerFields[name] else { return .some(nil) }
            if field == "*" { return true }
            guard let tags = FieldGrammar.tags(field) else { return nil }
            return tags.contains { other in
                ["", "-gzip", "-br", "-deflate", "-bzip2", "-zstd"].contains { suffix in
                    FieldGrammar.Tag(isWeak: own.isWeak, opaque: own.opaque + suffix.utf8).matches(
                        other, strongly: strongly)
                }
            }
        }
        guard let match = matches(.ifMatch, strongly: true), let noneMatch = matches(.ifNoneMatch, strongly: false)
        else {
            return
        }
        let expected: Preconditions.Verdict =
            if match == false || match == nil && flags & 4 != 0 && deltas[Int(flags >> 4 & 3)] < 0 {
                .failed
            } else if let noneMatch {
                noneMatch ? (method == .post ? .failed : .notModified) : .proceed
            } else if flags & 8 != 0, method != .post, deltas[Int(flags >> 6)] >= 0 {
                .notModified
            } else {
                .proceed
            }
        require(verdict == expected, "\(request.headerFields) of \(tag): \(verdict), but \(expected)")
    }

    /// A date in each form of RFC 9110 §5.6.7 is that of the C library's calendar; a day that no calendar has is invalid.
    static func dates(_ input: Input) {
        var input = input
        if input.byte() % 2 == 0 {
            if let date = HTTPDate(input.text(), now: 1_780_000_000), let text = date.text {
                require(text.utf8.count == 29 && HTTPDate(text) == date, "\(date) is written as \(text)")
            }
            return
        }
        func number(_ limit: Int32) -> Int32 { (Int32(input.byte()) << 8 | Int32(input.byte())) % limit }
        var fields = tm()
        (fields.tm_year, fields.tm_mon, fields.tm_mday) = (number(10_000) - 1900, number(12), number(33))
        (fields.tm_hour, fields.tm_min, fields.tm_sec) = (number(24), number(60), number(60))
        let year = fields.tm_year + 1900
        var copy = fields
        let seconds = Int64(timegm(&copy))
        let exists = copy.tm_mday == fields.tm_mday && copy.tm_mon == fields.tm_mon
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][Int(copy.tm_wday)]
        let longDay = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"][Int(copy.tm_wday)]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = months[Int(fields.tm_mon)]
        let clock = "\(two(fields.tm_hour)):\(two(fields.tm_min)):\(two(fields.tm_sec))"
        let digits = "\(two(year / 100))\(two(year % 100))"
        let plain = "\(day), \(two(fields.tm_mday)) \(month) \(digits) \(clock) GMT"
        let padded = fields.tm_mday < 10 ? " \(fields.tm_mday)" : "\(fields.tm_mday)"
        for text in [plain, "\(day) \(month) \(padded) \(clock) \(digits)"] {
            require(HTTPDate(text)?.seconds == (exists ? seconds : nil), "\(text) is not \(seconds)")
        }
        if exists { require(HTTPDate(seconds: seconds).text == plain, "\(plain) of \(seconds)") }
        // Two digits of a year: the next fifty years, and before.
        let now: Int64 = 1_780_000_000
        if exists, (1977...2076).contains(year) {
            let old = "\(longDay), \(two(fields.tm_mday))-\(month)-\(two(year % 100)) \(clock) GMT"
            require(HTTPDate(old, now: now)?.seconds == seconds, "\(old) is not \(seconds)")
        }
    }

    /// A client that reads the field by its grammar finds the name; only control characters are replaced.
    static func disposition(_ input: Input) {
        var input = input
        let kind = input.byte()
        let bytes = Array(input.rest)
        let name = String(decoding: bytes, as: UTF8.self)
        let isGiven = kind % 3 == 0
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

        guard let read = FieldGrammar.disposition(value) else { return require(false, "\(value) is not grammatical") }
        require(read.type == (kind % 3 == 2 ? "inline" : "attachment"), value)
        require((read.name == nil) == name.isEmpty, value)
        if let plain = read.name {
            // Old clients decode or cut at these; `/` is a folder.
            require(!plain.contains { "%/\\\"".utf8.contains($0) } && !plain.isEmpty, value)
            require(!plain.allSatisfy { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: " ") }, value)
        }
        guard isGiven || String(validating: bytes, as: UTF8.self) != nil else {
            return require(read.extendedName == nil, value)
        }
        let scalars = name.unicodeScalars.map { $0.properties.generalCategory == .control ? "_" : $0 }
        let expected = String(String.UnicodeScalarView(scalars))
        let found = (read.extendedName ?? read.name).map { String(decoding: $0, as: UTF8.self) } ?? ""
        if isGiven, name.utf8.count > 244 {
            require(found.utf8.count <= 244 && found.utf8.count >= 220, value)
            require(found.utf8.prefix(200).elementsEqual(expected.utf8.prefix(200)), value)
        } else {
            require(found.utf8.elementsEqual(expected.utf8), "\(value) is \(found), but \(expected)")
        }
    }

    static func encodings(_ field: String) {
        let preferred = AcceptEncoding(field).preferred
        require(preferred.count <= AcceptEncoding.Coding.allCases.count, "\(preferred)")
        // A coding in its plain form and nothing else.
        if field.utf8.elementsEqual("br".utf8) || field.utf8.elementsEqual("gzip".utf8) {
            require(preferred.map(\.rawValue) == [field], "\(preferred)")
        }
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
        Self.encodings(text)
    }
}
