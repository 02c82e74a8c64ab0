/// A certificate for `localhost` that no authority has signed, and its key.
struct Certificate: Sendable {
    let file: String
    let key: String

    /// Makes both in a directory.
    init(in directory: String) throws {
        (self.file, self.key) = ("\(directory)/certificate.pem", "\(directory)/key.pem")
        let openssl = try ChildProcess(
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", self.key, "-out",
                self.file, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            ], log: "\(directory)/openssl.log")
        guard try openssl.waitForEnd() == .exited(0) else { throw Failure(try Files.text(openssl.log)) }
    }
}
