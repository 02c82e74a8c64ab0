import Glibc
import SystemPackage

@testable import ExampleReaders
@testable import FastCGI
@testable import GateReaders
@testable import ObjectStorage
@testable import Sendfile
@testable import SendfileBasics
@testable import SignedLinks

/// A part of the input, repeated up to a quarter of a mebibyte: each reader takes a time that grows with the length, not with its
/// square, and does not recurse without a limit.
enum WorkTarget {
    private static let length = 256 << 10
    /// The processor time in seconds. A linear reader takes up to one on a busy machine, a quadratic one minutes.
    private static let limit = 5.0
    private static let file = MemoryFile()

    private static let readers: [@Sendable ([UInt8]) -> Void] = [
        { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            let cookies = Cookies(text)
            _ = (cookies["a"], cookies[values: "b"].count)
        },
        { bytes in _ = ByteRanges("bytes=" + String(decoding: bytes, as: UTF8.self), size: 1000) },
        { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = EntityTags.list(text, contains: "\"x\"", by: .weak)
            _ = EntityTags.list(text, containsCompressed: "\"x\"", by: .strong)
            _ = HTTPDate(text)
        },
        { bytes in _ = AcceptEncoding(String(decoding: bytes, as: UTF8.self)).preferred },
        { bytes in _ = FormFields(bytes, limit: 1000) },
        { bytes in _ = BasicCredentials("Basic " + String(decoding: bytes, as: UTF8.self)) },
        { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = LocalURL(validating: text)
            _ = try? RelativePath(.text(text))
            _ = ContentDisposition.attachment(named: text).fieldValue(fileName: bytes)
        },
        { bytes in Self.records(bytes, chunk: bytes.count) },
        { bytes in Self.records(bytes, chunk: 64) },
        { bytes in Self.links(bytes) },
        { bytes in Self.form(Array("--b\r\n".utf8) + bytes, chunk: bytes.count) },
        { bytes in Self.form(bytes, chunk: 64) },
        { bytes in
            var reader = AnswerReader()
            for start in stride(from: 0, to: bytes.count, by: 4096) {
                _ = reader.take(Array(bytes[start..<min(start + 4096, bytes.count)]))
            }
        },
        { bytes in _ = NginxSyntax.read(Self.configuration(bytes)).flatMap(\.all).count },
        { bytes in
            // No file of this machine is read.
            let configuration = Self.configuration(bytes)
            guard !String(decoding: bytes, as: UTF8.self).lowercased().contains("include") else { return }
            _ = ApacheSyntax.read(configuration, in: "/nonexistent").flatMap(\.all).count
        },
        { bytes in _ = LighttpdSyntax.read(Self.configuration(bytes)).flatMap(\.all).count },
        { bytes in _ = try? LogLine(bytes[...]) },
        { bytes in Self.log(bytes) },
        { bytes in
            Self.file.write(bytes)
            _ = try? GateSettings(SettingsSource(environment: [:], file: Self.file.path))
        },
        { bytes in
            Self.file.write(bytes)
            let name = "SENDFILE_LINK_SECRET_FILE"
            _ = try? GateKeys(SettingsSource(environment: [name: Array(Self.file.path.utf8)], file: nil))
        },
        { bytes in
            let document = StoreDocument(bytes)
            _ = document.elements("Contents").compactMap { $0.text("Key") }.count
            _ = (document.text("Code"), StoreDocument.escaped(String(decoding: bytes, as: UTF8.self)))
        },
        { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = MachineRecord("sendfile-gate-record 1 1780000000\n\(text)")?.text
            _ = UnitState("gate", text)?.files
        },
        { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = (
                CredentialsFile.parse(text, .s3), ErrorLogTail.withoutQueries(text),
                URLText("http://h/\(text)")?.directory
            )
        },
        { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = (DelimitedText(text, isComplete: true).hasHeader, UploadName.cleaned(bytes), ReadableText.decode(bytes))
        },
        { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = (PeerAddresses(text), ListenAddress(text), DurationText.duration(text), S3Time(iso8601: text))
            _ = (try? InternalURLMapping(text, from: .environment))?.encoded(for: Array("/a/b".utf8))
        },
    ]

    static func run(_ input: Input) {
        var input = input
        let reader = Self.readers[Int(input.byte()) % Self.readers.count]
        let (beginning, end) = (input.line(), input.line())
        let unit = Array(input.rest)
        guard !unit.isEmpty else { return }
        var bytes = beginning
        while bytes.count + unit.count + end.count <= Self.length { bytes += unit }
        bytes += end
        // Another program may have used the caches; a reader that is slow is slow again.
        var times: [Double] = []
        repeat {
            let start = Self.now
            reader(bytes)
            times.append(Self.now - start)
        } while times.last! > Self.limit && times.count < 3
        require(times.last! <= Self.limit, "\(times) s for \(bytes.count) bytes of reader \(input)")
    }

    /// The processor time of this thread in seconds.
    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func configuration(_ bytes: [UInt8]) -> ConfigurationText {
        ConfigurationText(String(decoding: bytes, as: UTF8.self), file: "f")
    }

    /// The records of a connection: a head, or what is not one.
    private static func records(_ bytes: [UInt8], chunk: Int) {
        var assembler = RequestAssembler(
            limits: RequestHead.Limits(parameterBytes: 64 << 10, parameterCount: 1000),
            values: ManagementValues(connections: 1))
        var inbox = Inbox()
        for start in stride(from: 0, to: bytes.count, by: max(chunk, 1)) {
            bytes[start..<min(start + chunk, bytes.count)].withUnsafeBytes { inbox.append($0[...]) }
            reading: while true {
                guard let step = try? assembler.step(&inbox) else { return }
                switch step {
                case .reply: continue
                case .complete: return
                case .incomplete: break reading
                }
            }
        }
    }

    private static func links(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        for name in LinkFormat.allNames {
            guard let format = LinkFormat(name),
                let links = try? SignedLinks(format: format, keys: [LinkKey(id: "k", secret: "secret")])
            else { continue }
            _ = links.verify(path: bytes, query: text, at: .now)
        }
        _ = (try? SignedGrants(keys: [LinkKey(id: "k", secret: "secret")]))?
            .verify(GrantRequest(path: bytes, query: text), at: .now)
        _ = (try? SignedValues(purpose: "p", keys: [LinkKey(secret: "secret")]))?.verify(text)
    }

    private static func form(_ bytes: [UInt8], chunk: Int) {
        let chunks = stride(from: 0, to: bytes.count, by: max(chunk, 1)).map {
            Array(bytes[$0..<min($0 + chunk, bytes.count)])
        }
        result {
            let type = "multipart/form-data; boundary=b"
            guard var reader = MultipartReader(contentType: type, source: ChunkSource(chunks)) else { return }
            while (try? await reader.nextPart()) != nil {}
        }
    }

    private static func log(_ bytes: [UInt8]) {
        Self.file.write(bytes)
        var reader = LogReader(FileDescriptor(rawValue: Self.file.descriptor))
        let join = DownloadJoin(window: 600) { _ in }
        while let line = try? reader.next() {
            guard case .complete(let bytes) = line, let line = try? LogLine(bytes) else { continue }
            if let time = line.time { join.advance(to: time) }
            join.add(line)
        }
        join.finish()
    }
}
