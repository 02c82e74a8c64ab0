import FastCGITesting
import HTTPTypes
import SystemPackage
import Testing

@testable import ProtectedDownloads

/// The protected-download site of Examples without a web server, with its own files and users.
struct ExampleHandler {
    let site: ProtectedDownloads.Site
    /// The directory with the teams' folders.
    let root: String
    let users: String
    let state: String

    /// - Parameters:
    ///   - directory: An empty directory for files, users and state; `nil` for a new one.
    ///   - state: Another directory in which the state is kept.
    ///   - bucket: The bucket with the files, in place of the directory.
    ///   - time: The time for the limits of attempts to sign in, which then stands still, in seconds since 1970.
    init(
        uploadLimit: Int64 = 1 << 20, hasClientAddresses: Bool = true, directory: String? = nil, state: String? = nil,
        bucket: Settings.Bucket? = nil, time: Int64? = nil
    ) throws {
        let directory = try directory ?? Workspace.shared.makeDirectory("site")
        (self.root, self.users) = ("\(directory)/files", "\(directory)/users")
        self.state = "\(state ?? directory)/state"
        for folder in ["", "/research", "/finance"] { try Files.makeDirectory(self.root + folder) }
        try Files.write(try Files.text(Self.sampleUsers), to: self.users)
        self.site = try ProtectedDownloads.Site(
            Settings(
                root: FilePath(self.root), bucket: bucket, users: FilePath(self.users), state: FilePath(self.state),
                uploadLimit: uploadLimit, hasClientAddresses: hasClientAddresses),
            clock: { time ?? Shares.now() })
    }

    private static let sampleUsers =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        + "/Examples/ProtectedDownloads/users"

    func respond(to request: TestRequest) async throws -> TestResponse {
        var request = request
        if request.method == .post, request.headerFields[.contentType] == nil {
            request.headerFields[.contentType] = "application/x-www-form-urlencoded"
        }
        return try await HandlerTest { try await self.site.respond(to: $0) }.respond(to: request)
    }

    func get(_ target: String, cookies: String = "", _ fields: HTTPFields = [:]) async throws -> TestResponse {
        var fields = fields
        fields[.cookie] = cookies
        return try await self.respond(to: TestRequest(.get, target, headerFields: fields))
    }

    /// Submits the sign-in form.
    func signIn(
        _ name: String, _ password: String, cookies: String = "", from address: String = "192.0.2.1"
    ) async throws -> TestResponse {
        var request = TestRequest(
            .post, "/sign-in", headerFields: [.cookie: cookies], body: Array("name=\(name)&password=\(password)".utf8))
        request.remoteAddress = address
        return try await self.respond(to: request)
    }

    /// The cookies of ada, who is a member of the team research, and the token of her forms.
    func ada() async throws -> (cookies: String, token: String) {
        let response = try await self.signIn("ada", "analytical+engine")
        try #require(response.status == .seeOther)
        let cookies = Self.cookies(response)
        let page = try await self.get("/", cookies: cookies).text
        let token = try #require(page.firstMatch(of: /name="token" value="([^"]+)"/)).output.1
        return (cookies, String(token))
    }

    /// The cookies that a browser sends back.
    static func cookies(_ response: TestResponse) -> String {
        response.headerFields[values: .setCookie].map { String($0.prefix { $0 != ";" }) }.joined(separator: "; ")
    }

    /// The lines of the activity log.
    func log() throws -> [String] {
        try Files.text("\(self.state)/activity.log").split(separator: "\n").map(String.init)
    }
}
