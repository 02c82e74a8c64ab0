import Crypto
import Glibc
import Synchronization
import SystemPackage

/// The session of a signed-in user.
struct Session: Sendable {
    let id: String
    let user: User
}

/// A signed-in user, as the pages need it.
struct Visitor: Sendable {
    let user: User
    /// The token of every form on this user's pages.
    let token: String
}

/// Signed session cookies: `user.expiry.id.signature`.
///
/// The cookie contains the whole session, so any number of processes can serve it and a restart loses none. The
/// signature covers the user's password hash: a new password ends all sessions of that user. Only sessions that were
/// ended early are stored, as empty files in the state directory.
struct Sessions: Sendable {
    /// The lifetime of a session, in seconds.
    static let lifetime: Int64 = 8 * 60 * 60

    /// The time for which a browser stays known after signing in, in seconds.
    static let browserLifetime: Int64 = 90 * 24 * 60 * 60

    private let users: Users
    /// Signs cookies and forms, and keys the hash of ``SharedTable``.
    let key: SymmetricKey
    private let ended: FilePath
    private let sweep = Sweep()

    /// Creates the sessions of `users`, with the key in the state directory, which is created at the first start.
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

    /// The session of a cookie's value; `nil` if the cookie is forged, expired or ended, or if the user no longer
    /// exists.
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

    /// The token of the forms on this session's pages. Pages of other sites cannot compute it and therefore cannot send
    /// a form.
    func formToken(of session: Session) -> String {
        Hexadecimal.encode(HMAC<SHA256>.authenticationCode(for: Self.form(session), using: self.key))
    }

    /// Whether a token is that of this session.
    func isFormToken(_ token: String?, of session: Session) -> Bool {
        guard let bytes = token.flatMap({ Hexadecimal.decode($0.utf8) }) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(bytes, authenticating: Self.form(session), using: self.key)
    }

    /// Ends a session permanently, even if a client kept the cookie.
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

    /// Makes a browser known in which this user has signed in; returns the value of its cookie.
    func recognise(_ user: User) -> String {
        let id = String(UInt128.random(in: .min ... .max), radix: 16)
        let code = HMAC<SHA256>.authenticationCode(for: Self.browser(id, user), using: self.key)
        return "\(id).\(Hexadecimal.encode(code))"
    }

    /// The identifier of a browser in which this user has signed in before, by its cookie; `nil` if there is none.
    func browser(_ cookie: String?, of user: User?) -> String? {
        guard let cookie, let user, let dot = cookie.firstIndex(of: ".") else { return nil }
        let id = String(cookie[..<dot])
        guard let code = Hexadecimal.decode(cookie[cookie.index(after: dot)...].utf8),
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Self.browser(id, user), using: self.key)
        else { return nil }
        return id
    }

    /// The time of the last cleanup. Scanning the directory at each sign-out would take longer and longer.
    private final class Sweep: Sendable {
        private let last = Mutex<Int64>(0)

        /// Whether another cleanup is due.
        func isDue(_ now: Int64) -> Bool {
            self.last.withLock { last in
                // `last` is in the future after the clock was set back.
                guard last + 600 <= now || now < last else { return false }
                last = now
                return true
            }
        }
    }

    /// Removes the files of ended sessions that would have expired by now.
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
