/// Interfaces that only Ceph's gateway has, asked by curl with its own implementation of signatures.
extension ObjectStoreServer {
    /// Temporary credentials of the role "reader".
    struct TemporaryCredentials {
        let accessKey: String
        let secretKey: String
        let token: String
    }

    /// Asks the gateway for temporary credentials (`AssumeRole`).
    func temporaryCredentials() throws -> TemporaryCredentials {
        let answer = try self.asOwner(
            "sts", "/", ["--data", "Action=AssumeRole&RoleArn=arn:aws:iam:::role/reader&RoleSessionName=tests"])
        func element(_ name: String) throws -> String {
            guard let value = Self.elements(name, of: answer).first else { throw Failure("no \(name): \(answer)") }
            return value
        }
        return TemporaryCredentials(
            accessKey: try element("AccessKeyId"), secretKey: try element("SecretAccessKey"),
            token: try element("SessionToken"))
    }

    /// The keys of the uploads in parts that are not complete.
    func uploads() throws -> [String] {
        let answer = try self.asOwner(
            "s3", "/bucket?uploads=", ["--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"])
        return Self.elements("Key", of: answer)
    }

    private func asOwner(_ service: String, _ target: String, _ arguments: [String] = []) throws -> String {
        let log = "\(try Workspace.shared.makeDirectory("curl"))/answer"
        let curl = try ChildProcess(
            [
                "curl", "--silent", "--show-error", "--fail-with-body", "--max-time", "60", "--aws-sigv4",
                "aws:amz:us-east-1:\(service)", "--user", "owner:\(Self.secret)",
            ] + arguments + ["\(self.endpoint)\(target)"], log: log)
        guard try curl.waitForEnd() == .exited(0) else { throw Failure("\(target): \(try Files.text(log))") }
        return try Files.text(log)
    }

    /// The texts of all elements of a name in an XML document without attributes.
    private static func elements(_ name: String, of document: String) -> [String] {
        document.split(separator: "<\(name)>").dropFirst().map { String($0.prefix { $0 != "<" }) }
    }
}
