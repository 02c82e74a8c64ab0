import Crypto
import Glibc
import SystemPackage

/// Somebody is signed in.
struct Session: Sendable {
    let id: String
    let user: User
}

/// Somebody who is signed in, as pages see them.
struct Visitor: Sendable {
    let user: User
    /// What every form of theirs carries.
    let token: String
}

/// Signed session cookies: `user.expiry.id.signature`.
///
/// The cookie is all there is of a session, so any number of processes serve it and a restart loses none. The signature covers
/// the user's password hash too: a new password ends all sessions of that user. What has to be remembered is only which
/// sessions were ended before their time, as empty files in the state directory.
struct Sessions: Sendable {
    /// How long a session lasts, in seconds.
    static let lifetime: Int64 = 8 * 60 * 60

    private let users: Users
    private let key: SymmetricKey
    private let ended: FilePath

    /// Sessions of `users`, with the key in the state directory, which is made at the first start.
    init(users: Users, stateDirectory: FilePath) throws {
        self.users = users
        self.ended = stateDirectory.appending("ended")
        try Files.createPrivateDirectory(stateDirectory)
        try Files.createPrivateDirectory(self.ended)
        self.key = SymmetricKey(data: try Files.key(stateDirectory.appending("session.key")))
    }

    /// Begins a session; returns the cookie's value.
    func begin(for user: User) -> String {
        let id = String(UInt128.random(in: .min ... .max), radix: 16)
        let claim = "\(user.name).\(Self.now() + Self.lifetime).\(id)"
        let signature = HMAC<SHA256>.authenticationCode(for: Self.signed(claim, user), using: self.key)
        return "\(claim).\(Hexadecimal.encode(signature))"
    }

    /// The session of a cookie's value; `nil` if it is forged, over or ended, or if the user is gone.
    func session(_ cookie: String?) throws -> Session? {
        guard let cookie, let dot = cookie.lastIndex(of: ".") else { return nil }
        let claim = String(cookie[..<dot])
        let parts = claim.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = Hexadecimal.decode(cookie[cookie.index(after: dot)...].utf8),
            let user = try self.users.user(named: String(parts[0])),
            HMAC<SHA256>.isValidAuthenticationCode(
                signature, authenticating: Self.signed(claim, user), using: self.key),
            let expiry = Int64(parts[1]), expiry > Self.now()
        else { return nil }
        let session = Session(id: String(parts[2]), user: user)
        let isEnded = self.marker(session).withPlatformString { access($0, F_OK) } == 0
        return isEnded ? nil : session
    }

    /// What a form on a page of this session carries, so that no page of another site can send it: nobody else can compute it.
    func formToken(of session: Session) -> String {
        Hexadecimal.encode(HMAC<SHA256>.authenticationCode(for: Self.form(session), using: self.key))
    }

    /// Whether a form was on a page of this session.
    func isFormToken(_ token: String?, of session: Session) -> Bool {
        guard let bytes = token.flatMap({ Hexadecimal.decode($0.utf8) }) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(bytes, authenticating: Self.form(session), using: self.key)
    }

    /// Ends a session for good, even for someone who kept the cookie.
    func end(_ session: Session) throws {
        do {
            try FileDescriptor.open(
                self.marker(session), .writeOnly, options: [.create, .closeOnExec], permissions: .ownerReadWrite
            ).close()
        } catch let error as Errno {
            throw SetupError("\(self.marker(session)): \(error)")
        }
        self.forgetExpired()
    }

    /// Removes what is remembered of sessions that are over by now anyway.
    private func forgetExpired() {
        for entry in (try? Directory.entries(of: self.ended)) ?? []
        where entry.modified + Self.lifetime < Self.now() {
            _ = self.ended.appending(entry.component).withPlatformString { unlink($0) }
        }
    }

    private func marker(_ session: Session) -> FilePath { self.ended.appending(session.id) }

    private static func signed(_ claim: String, _ user: User) -> [UInt8] {
        [UInt8]("session:\(claim):\(user.password)".utf8)
    }

    private static func form(_ session: Session) -> [UInt8] { [UInt8]("form:\(session.id)".utf8) }

    private static func now() -> Int64 { Int64(time(nil)) }
}
