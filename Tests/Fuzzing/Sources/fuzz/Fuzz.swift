import CFuzzer
import Glibc

/// Runs libFuzzer on one target: `FUZZ_TARGET=head fuzz -max_total_time=60`.
@main struct Fuzz {
    typealias Target = @Sendable (Input) -> Void

    static let targets: [String: Target] = [
        "answers": AnswersTarget.run, "cdn": CDNTarget.run, "conditions": FieldTargets.conditions,
        "configurations": ConfigurationsTarget.run,
        "cookies": FieldTargets.cookies, "dates": FieldTargets.dates, "disposition": FieldTargets.disposition,
        "downloads": DownloadsTarget.run, "encodings": EncodingsTarget.run, "files": SettingsFilesTarget.run,
        "forms": FormsTarget.run, "grants": GrantsTarget.run, "head": HeadTarget.run, "lines": LinesTarget.run,
        "links": LinksTarget.run,
        "path": FieldTargets.path, "ranges": FieldTargets.ranges, "records": RecordsTarget.run,
        "settings": SettingsTarget.run, "store": StoreTarget.run, "uploads": UploadsTarget.run,
        "values": ValuesTarget.run, "wall": WallTarget.run, "work": WorkTarget.run,
    ]

    static let target: Target = {
        let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = Self.targets[name] else {
            let names = Self.targets.keys.sorted().joined(separator: ", ")
            complain("FUZZ_TARGET is \"\(name)\", which is not a target; use one of \(names)")
            exit(64)
        }
        return target
    }()

    static func main() {
        _ = Self.target
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments, fuzzOneInput))
    }
}

/// libFuzzer's own main, which is linked but does not run, refers to this name.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    Fuzz.target(Input(UnsafeBufferPointer(start: data, count: size)))
    return 0
}

/// The input from libFuzzer, consumed from the front.
struct Input {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.rest = Array(bytes)[...] }

    mutating func skip(_ count: Int) { self.rest = self.rest.dropFirst(count) }

    mutating func byte() -> UInt8 { self.rest.popFirst() ?? 0 }

    /// The bytes up to the next line end.
    mutating func line() -> [UInt8] {
        let line = self.rest.prefix { $0 != UInt8(ascii: "\n") }
        self.rest = self.rest.dropFirst(line.count + 1)
        return Array(line)
    }

    mutating func text() -> String { String(decoding: self.line(), as: UTF8.self) }
}

func complain(_ text: String) {
    _ = write(STDERR_FILENO, text + "\n", text.utf8.count + 1)
}

/// A condition for all inputs; libFuzzer stores an input that violates it.
func require(_ isTrue: Bool, _ message: @autoclosure () -> String, line: UInt = #line) {
    guard !isTrue else { return }
    complain("line \(line): \(message())")
    abort()
}
