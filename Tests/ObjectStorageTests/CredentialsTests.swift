import Glibc
import Sendfile
import Testing

@testable import ObjectStorage

/// The sources of credentials, and their absence from every text.
@Suite struct CredentialsTests {
    private static let accessKey = "AKIDvisible"
    private static let secret = "s3cr3t/hidden"
    private static let token = "t0k3n/hidden"

    /// A file in a directory of its own, which is removed with the value.
    private final class File {
        private let directory: String
        var path: String { self.directory + "/credentials" }

        init() throws {
            var template = Array("/tmp/object-storage-XXXXXX".utf8CString)
            let name = try #require(template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) })
            self.directory = String(cString: name)
        }

        /// Replaces the file as a rotation does: another file is renamed to its name.
        func replace(_ text: String) throws {
            let new = self.path + ".new"
            let file = try #require(fopen(new, "w"))
            fputs(text, file)
            fclose(file)
            try #require(rename(new, self.path) == 0)
        }

        deinit {
            unlink(self.path)
            rmdir(self.directory)
        }
    }

    private static func file(_ accessKey: String, _ secret: String) -> String {
        "# rotated daily\n[default]\naws_access_key_id = \(accessKey)\n  aws_secret_access_key=\(secret)  \n[other]\naws_access_key_id = wrong\n"
    }

    @Test("No description, dump, mirror or error contains a secret") func hidden() throws {
        let file = try File()
        try file.replace(Self.file(Self.accessKey, Self.secret))
        let credentials: [ObjectStoreCredentials] = [
            .accessKey(Self.accessKey, secretKey: Self.secret, sessionToken: Self.token), .key(Self.secret),
            .environment(
                EnvironmentVariables(["AWS_ACCESS_KEY_ID": Self.accessKey, "AWS_SECRET_ACCESS_KEY": Self.secret])),
            .file(file.path),
        ]
        for credentials in credentials {
            let service = try ObjectStoreService.s3(
                endpoint: "https://h", bucket: "b", region: "r", credentials: credentials)
            let store = try ObjectStore(service, environment: EnvironmentVariables([:]))
            // The file's content is remembered from now on.
            _ = try? credentials.values(for: .s3) { _ in }
            var texts = ["\(credentials)", "\(service)", "\(store)"]
            for value in [credentials, service, store] as [Any] {
                texts.append(String(reflecting: value))
                var dumped = ""
                dump(value, to: &dumped)
                texts.append(dumped)
            }
            for text in texts {
                #expect(!text.contains("s3cr3t") && !text.contains("t0k3n"), "\(text)")
                // Bytes as numbers are a secret as well.
                #expect(!text.contains("115, 51, 99") && !text.contains("- 115\n"), "\(text)")
            }
            #expect(Mirror(reflecting: credentials).children.isEmpty)
        }
    }

    @Test("The variables of the environment are those of other tools") func environment() throws {
        let variables = [
            "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t", "OBJECT_TEMPURL_KEY": "k",
        ]
        let all = ObjectStoreCredentials.environment(EnvironmentVariables(variables))
        #expect(
            try all.values(for: .s3) { _ in } == .init(accessKey: "a", secret: Array("s".utf8), sessionToken: "t"))
        #expect(try all.values(for: .tempURL) { _ in }.secret == Array("k".utf8))
        for name in variables.keys where name != "AWS_SESSION_TOKEN" {
            let some = ObjectStoreCredentials.environment(EnvironmentVariables(variables.merging([name: ""]) { $1 }))
            let error = #expect(throws: ObjectStoreError.self) {
                _ = try some.values(for: name == "OBJECT_TEMPURL_KEY" ? .tempURL : .s3) { _ in }
            }
            #expect(error?.description.contains(name) == true)
        }
    }

    @Test(
        "A replaced file is read at the next signature; a missing or incomplete one leaves the last credentials in use")
    func rotation() throws {
        let file = try File()
        let credentials = ObjectStoreCredentials.file(file.path)
        let missing = #expect(throws: ObjectStoreError.self) {
            _ = try credentials.values(for: .s3) { _ in }
        }
        #expect(missing?.description.contains(file.path) == true)
        for name in ["first", "second"] {
            try file.replace(Self.file(name, "secret of \(name)"))
            let values = try credentials.values(for: .s3) { Issue.record("\($0)") }
            #expect(values == .init(accessKey: name, secret: Array("secret of \(name)".utf8), sessionToken: nil))
        }
        for text in ["", "aws_access_key_id = third\n", "aws_access_key_id = third\naws_secret_access_key =\n"] {
            try file.replace(text)
            var reports: [String] = []
            #expect(try credentials.values(for: .s3) { reports.append($0) }.accessKey == "second")
            #expect(reports.count == 1 && reports[0].contains("remain in use"))
            #expect(!reports.joined().contains("secret of"))
        }
        unlink(file.path)
        #expect(try credentials.values(for: .s3) { _ in }.accessKey == "second")
    }

    @Test("Empty credentials in code are an error when a URL is signed") func empty() {
        for credentials in [ObjectStoreCredentials.accessKey("", secretKey: "s"), .accessKey("a", secretKey: "")] {
            #expect(throws: ObjectStoreError.self) { _ = try credentials.values(for: .s3) { _ in } }
        }
        #expect(throws: ObjectStoreError.self) { _ = try ObjectStoreCredentials.key("").values(for: .tempURL) { _ in } }
    }
}
