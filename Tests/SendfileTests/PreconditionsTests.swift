import HTTPTypes
import Testing

@testable import Sendfile

struct PreconditionsTests {
    private static let now = "Sun, 06 Nov 1994 08:49:37 GMT"
    private static let before = "Sun, 06 Nov 1994 08:49:36 GMT"
    private static let after = "Sun, 06 Nov 1994 08:49:38 GMT"
    private static let own = "\"2ebc98a1-a\""

    @Test(
        "The conditions determine the status",
        arguments: [
            ([:], .ok),
            // If-Match: strong comparison.
            ([.ifMatch: own], .ok),
            ([.ifMatch: "*"], .ok),
            ([.ifMatch: " * "], .ok),
            ([.ifMatch: "\"a\", \(own), \"b\""], .ok),
            ([.ifMatch: "\"a\",\(own)"], .ok),
            ([.ifMatch: "\"a\""], .preconditionFailed),
            ([.ifMatch: "W/\(own)"], .preconditionFailed),
            ([.ifMatch: "2ebc98a1-a"], .preconditionFailed),
            ([.ifMatch: ""], .preconditionFailed),
            ([.ifMatch: "\"*\""], .preconditionFailed),
            ([.ifMatch: "\"a,\(own)"], .preconditionFailed),
            ([.ifMatch: "\(own)x"], .preconditionFailed),
            // If-Unmodified-Since.
            ([.ifUnmodifiedSince: now], .ok),
            ([.ifUnmodifiedSince: after], .ok),
            ([.ifUnmodifiedSince: before], .preconditionFailed),
            ([.ifUnmodifiedSince: "yesterday"], .ok),
            ([.ifMatch: own, .ifUnmodifiedSince: before], .ok),
            ([.ifMatch: "\"a\"", .ifUnmodifiedSince: after], .preconditionFailed),
            // If-None-Match: weak comparison.
            ([.ifNoneMatch: own], .notModified),
            ([.ifNoneMatch: "W/\(own)"], .notModified),
            ([.ifNoneMatch: "*"], .notModified),
            ([.ifNoneMatch: "\"a\",, W/\"b\" ,\(own)"], .notModified),
            ([.ifNoneMatch: "\"a\""], .ok),
            ([.ifNoneMatch: "w/\(own)"], .ok),
            ([.ifNoneMatch: "*, \"a\""], .ok),
            ([.ifNoneMatch: "garbage"], .ok),
            ([.ifNoneMatch: "\(own)x"], .ok),
            // If-Modified-Since, only without If-None-Match.
            ([.ifModifiedSince: now], .notModified),
            ([.ifModifiedSince: after], .notModified),
            ([.ifModifiedSince: before], .ok),
            ([.ifModifiedSince: "yesterday"], .ok),
            ([.ifModifiedSince: "Sunday, 06-Nov-94 08:49:37 GMT"], .notModified),
            ([.ifNoneMatch: "\"a\"", .ifModifiedSince: after], .ok),
            ([.ifNoneMatch: own, .ifModifiedSince: before], .notModified),
            // The order of RFC 9110 §13.2.2.
            ([.ifMatch: own, .ifNoneMatch: own], .notModified),
            ([.ifMatch: "\"a\"", .ifNoneMatch: own], .preconditionFailed),
            ([.ifUnmodifiedSince: before, .ifModifiedSince: after], .preconditionFailed),
            ([.ifUnmodifiedSince: after, .ifModifiedSince: after], .notModified),
            // Preconditions come before ranges.
            ([.ifNoneMatch: own, .range: "bytes=50-"], .notModified),
            ([.ifMatch: "\"a\"", .range: "bytes=0-1"], .preconditionFailed),
            // If-Range: strong comparison, or exactly the date.
            ([.range: "bytes=0-1"], .partialContent),
            ([.range: "bytes=0-1", .ifRange: own], .partialContent),
            ([.range: "bytes=0-1", .ifRange: now], .partialContent),
            ([.range: "bytes=0-1", .ifRange: "\"a\""], .ok),
            ([.range: "bytes=0-1", .ifRange: "W/\(own)"], .ok),
            ([.range: "bytes=0-1", .ifRange: before], .ok),
            ([.range: "bytes=0-1", .ifRange: after], .ok),
            ([.range: "bytes=0-1", .ifRange: "*"], .ok),
            ([.range: "bytes=0-1", .ifRange: "\"a\", \(own)"], .ok),
            ([.range: "bytes=50-", .ifRange: "\"a\""], .ok),
            ([.range: "bytes=50-", .ifRange: own], .rangeNotSatisfiable),
            ([.ifRange: "\"a\""], .ok),
        ] as [(HTTPFields, HTTPResponse.Status)])
    func statuses(fields: HTTPFields, status: HTTPResponse.Status) throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "0123456789", modificationTime: 784_111_777)
        let sendfile = try Sendfile(root: directory.path)
        #expect(try sendfile(.test(.get, fields), "file").status == status)

        // HEAD is evaluated in the same way, and has no ranges.
        let isAboutRange = status == .partialContent || status == .rangeNotSatisfiable
        #expect(try sendfile(.test(.head, fields), "file").status == (isAboutRange ? .ok : status))

        // The web server is asked only for the whole file, and applies the range itself.
        let delegated = try Sendfile(root: directory.path, backend: .apache)(.test(.get, fields), "file")
        #expect(delegated.status == (status == .partialContent ? .ok : status))
        if !delegated.delivery.serverFields.isEmpty { #expect(delegated.status == .ok) }
    }

    @Test("A matching If-None-Match fails a POST with 412") func otherMethods() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "0123456789")
        let sendfile = try Sendfile(root: directory.path)
        let response = try sendfile(
            .test(.post, [.ifNoneMatch: "*"]), "file", SendfileOptions(additionalMethods: [.post]))
        #expect(response.status == .preconditionFailed)
        let later = try sendfile(
            .test(.post, [.ifModifiedSince: "Fri, 31 Dec 9999 23:59:59 GMT"]), "file",
            SendfileOptions(additionalMethods: [.post]))
        #expect(later.status == .ok)
    }

    @Test("A handler's validators are used for the conditions") func handlersValidators() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "0123456789", modificationTime: 784_111_777)
        let sendfile = try Sendfile(root: directory.path)
        let own: HTTPFields = [.eTag: "\"v7\"", .lastModified: Self.after]
        func status(_ fields: HTTPFields) throws -> HTTPResponse.Status {
            try sendfile(.test(.get, fields), "file", SendfileOptions(headerFields: own)).status
        }
        #expect(try status([.ifNoneMatch: "\"v7\""]) == .notModified)
        #expect(try status([.ifNoneMatch: Self.own]) == .ok)
        #expect(try status([.ifModifiedSince: Self.now]) == .ok)
        #expect(try status([.ifModifiedSince: Self.after]) == .notModified)
        #expect(try status([.ifMatch: "\"v7\""]) == .ok)
        #expect(try status([.range: "bytes=0-1", .ifRange: "\"v7\""]) == .partialContent)

        let response = try sendfile(.test(), "file", SendfileOptions(headerFields: own))
        #expect(response.headerFields[values: .eTag] == ["\"v7\""])
        #expect(response.headerFields[values: .lastModified] == [Self.after])
    }

    @Test("An invalid validator of a handler is not sent") func invalidValidators() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "0123456789", modificationTime: 784_111_777)
        let response = try Sendfile(root: directory.path)(
            .test(), "file", SendfileOptions(headerFields: [.eTag: "v7", .lastModified: "yesterday"]))
        #expect(response.headerFields[values: .eTag] == [Self.own])
        #expect(response.headerFields[values: .lastModified] == [Self.now])
    }

    @Test("A handler's weak tag matches only by weak comparison") func weakTag() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "0123456789")
        let sendfile = try Sendfile(root: directory.path)
        func status(_ fields: HTTPFields) throws -> HTTPResponse.Status {
            try sendfile(.test(.get, fields), "file", SendfileOptions(headerFields: [.eTag: "W/\"v\""])).status
        }
        #expect(try status([.ifNoneMatch: "\"v\""]) == .notModified)
        #expect(try status([.ifMatch: "W/\"v\""]) == .preconditionFailed)
        #expect(try status([.range: "bytes=0-1", .ifRange: "W/\"v\""]) == .ok)
    }
}
