import CLinux
import Glibc
import HTTPTypes
import Testing

@testable import Sendfile

/// A file that is modified twice within a second, to the same size, has two contents and would have one ETag of
/// seconds.
struct YoungFileTests {
    private let directory = try! TemporaryDirectory()

    private func respond(
        _ fields: HTTPFields = [:], backend: BackendChoice = .stream, headerFields: HTTPFields = [:]
    ) throws -> FileResponse {
        try Sendfile(root: self.directory.path, backend: backend)(
            .test(.get, fields), "file.txt", SendfileOptions(headerFields: headerFields))
    }

    /// Writes the file with a time relative to now.
    private func write(_ content: String, secondsAgo: Int, nanoseconds: Int = 5) throws {
        try self.directory.write("file.txt", content)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        let time = timespec(tv_sec: now.tv_sec - secondsAgo, tv_nsec: nanoseconds)
        try #require(utimensat(AT_FDCWD, self.directory.path("file.txt"), [time, time], 0) == 0)
    }

    @Test("No validator of a young file matches its next version") func validators() throws {
        try self.write("one", secondsAgo: 0, nanoseconds: 5)
        let first = try self.respond()
        let tag = try #require(first.headerFields[.eTag])
        #expect(tag.hasPrefix("W/\"") && tag.hasSuffix("-3-5\""))
        #expect(first.headerFields[.lastModified] == nil)
        #expect(try self.respond([.ifNoneMatch: tag]).status == .notModified)

        try self.write("two", secondsAgo: 0, nanoseconds: 6)
        #expect(try self.respond([.ifNoneMatch: tag]).status == .ok)
        // A range of this version is never appended to one of the other.
        for ifRange in [tag, String(tag.dropFirst(2))] {
            #expect(try self.respond([.range: "bytes=1-", .ifRange: ifRange]).status == .ok)
        }
        // When its second is over, its tag is a new one, and no date was sent before.
        try self.write("two", secondsAgo: 3, nanoseconds: 6)
        #expect(try self.respond([.ifNoneMatch: tag]).status == .ok)
        let old = try self.respond()
        let oldTag = try #require(old.headerFields[.eTag])
        #expect(!oldTag.hasPrefix("W/"))
        #expect(old.headerFields[.lastModified] != nil)
    }

    /// A date in seconds cannot show that the file is unchanged.
    @Test("No date gets 304 for a young file") func dates() throws {
        try self.write("one", secondsAgo: 0)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        let date = try #require(HTTPDate(seconds: Int64(now.tv_sec)).text)
        let later = try #require(HTTPDate(seconds: Int64(now.tv_sec) + 100).text)
        for date in [date, later] {
            #expect(try self.respond([.ifModifiedSince: date]).status == .ok)
            #expect(try self.respond([.range: "bytes=1-", .ifRange: date]).status == .ok)
        }
        let earlier = try #require(HTTPDate(seconds: Int64(now.tv_sec) - 100).text)
        #expect(try self.respond([.ifUnmodifiedSince: earlier]).status == .preconditionFailed)
    }

    @Test(
        "A file is young until its second is over",
        arguments: [(0, true), (1, true), (2, false), (1000, false), (-30, true), (-1000, false)])
    func age(secondsAgo: Int, isYoung: Bool) throws {
        // A second that passes during the test must not affect the result.
        let seconds = secondsAgo == 1 ? 0 : secondsAgo
        try self.write("one", secondsAgo: seconds)
        for backend in [BackendChoice.lighttpd, .apache, .nginx, .caddy] {
            let response = try self.respond(backend: backend)
            #expect(response.isStreamed == isYoung, "\(backend)")
            #expect(response.headerFields[.eTag]?.hasPrefix("W/") == isYoung)
        }
    }

    @Test("A handler's validators are sent unchanged for a young file") func handlersValidators() throws {
        try self.write("one", secondsAgo: 0)
        let date = "Sun, 06 Nov 1994 08:49:37 GMT"
        let response = try self.respond(backend: .lighttpd, headerFields: [.eTag: "\"own\"", .lastModified: date])
        #expect(response.headerFields[.eTag] == "\"own\"")
        #expect(response.headerFields[.lastModified] == date)
        #expect(try self.respond([.ifNoneMatch: "\"own\""], headerFields: [.eTag: "\"own\""]).status == .notModified)
    }
}
