import Crypto
import Glibc
import Synchronization
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

    /// How long a browser that was signed in is known, in seconds.
    static let browserLifetime: Int64 = 90 * 24 * 60 * 60

    private let users: Users
    /// Signs cookies and forms, and hides where a ``SharedTable`` keeps what.
    let key: SymmetricKey
    private let ended: FilePath
    private let sweep = Sweep()

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

    /// Begins to know a browser in which this user has signed in; returns the value of a cookie for it.
    func recognise(_ user: User) -> String {
        let id = String(UInt128.random(in: .min ... .max), radix: 16)
        let code = HMAC<SHA256>.authenticationCode(for: Self.browser(id, user), using: self.key)
        return "\(id).\(Hexadecimal.encode(code))"
    }

    /// The identifier of a browser in which this user has signed in before, by its cookie; `nil` if the user has not.
    func browser(_ cookie: String?, of user: User?) -> String? {
        guard let cookie, let user, let dot = cookie.firstIndex(of: ".") else { return nil }
        let id = String(cookie[..<dot])
        guard let code = Hexadecimal.decode(cookie[cookie.index(after: dot)...].utf8),
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Self.browser(id, user), using: self.key)
        else { return nil }
        return id
    }

    /// When what is over was removed last. Looking through all of it at each sign-out would take ever longer.
    private final class Sweep: Sendable {
        private let last = Mutex<Int64>(0)

        /// Whether it is time again.
        func isDue(_ now: Int64) -> Bool {
            self.last.withLock { last in
                guard last + 600 <= now else { return false }
                last = now
                return true
            }
        }
    }

    /// Removes what is remembered of sessions that are over by now anyway.
    private func forgetExpired() {
        guard self.sweep.isDue(Self.now()) else { return }
        for entry in (try? Directory.entries(of: self.ended)) ?? []
        where entry.modified + Self.lifetime < Self.now() {
            _ = self.ended.appending(entry.component).withPlatformString { unlink($0) }
        }
    }

    private func marker(_ session: Session) -> FilePath { self.ended.appending(session.id) }

    private static func signed(_ claim: String, _ user: User) -> [UInt8] {
        [UInt8]("session:\(claim):\(user.identity)".utf8)
    }

    private static func browser(_ id: String, _ user: User) -> [UInt8] {
        [UInt8]("browser:\(id):\(user.identity)".utf8)
    }

    private static func form(_ session: Session) -> [UInt8] { [UInt8]("form:\(session.id)".utf8) }

    private static func now() -> Int64 { Int64(time(nil)) }
}
