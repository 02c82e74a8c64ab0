import Crypto
import Glibc
import SignedLinks
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

/// Sessions in signed cookies.
///
/// A cookie contains the user's name and the session's identifier, so any number of processes can serve it and a restart loses none.
/// The signature covers the user's password hash: a new password ends all sessions of that user. Only sessions that were
/// ended early are stored, as empty files in the state directory.
struct Sessions: Sendable {
    /// The lifetime of a session, in seconds.
    static let lifetime: Int64 = 8 * 60 * 60

    /// The time for which a browser stays known after signing in, in seconds.
    static let browserLifetime: Int64 = 90 * 24 * 60 * 60

    private let users: Users
    /// Keys the hash of ``SharedTable``.
    let key: SymmetricKey
    private let cookies: SignedValues
    private let browsers: SignedValues
    private let forms: SignedValues
    private let ended: FilePath
    private let sweep = Sweep()

    /// Creates the sessions of `users`, with the key in the state directory, which is created at the first start.
    init(users: Users, stateDirectory: FilePath) throws {
        self.users = users
        self.ended = stateDirectory.appending("ended")
        try Files.createPrivateDirectory(stateDirectory)
        try Files.createPrivateDirectory(self.ended)
        let secret = try Files.key(stateDirectory.appending("session.key"))
        self.key = SymmetricKey(data: secret)
        let keys = [LinkKey(secret: secret)]
        self.cookies = try SignedValues(purpose: "session", keys: keys)
        self.browsers = try SignedValues(purpose: "browser", keys: keys)
        self.forms = try SignedValues(purpose: "form", keys: keys)
    }

    /// Begins a session; returns the cookie's value.
    func begin(for user: User) -> String {
        let id = String(UInt128.random(in: .min ... .max), radix: 16)
        return self.cookies.sign(
            "\(user.name).\(id)", expires: .now + .seconds(Self.lifetime), boundTo: user.identity)
    }

    /// The session of a cookie's value; `nil` if the cookie is forged, expired or ended, or if the user no longer
    /// exists.
    func session(_ cookie: String?) throws -> Session? {
        guard let cookie else { return nil }
        var user: User?
        let value = try self.cookies.verify(cookie) { value in
            user = try self.users.user(named: String(value.prefix { $0 != "." }))
            return user?.identity
        }
        guard let value, let user else { return nil }
        let session = Session(id: String(value.dropFirst(user.name.count + 1)), user: user)
        let isEnded = self.marker(session).withPlatformString { access($0, F_OK) } == 0
        return isEnded ? nil : session
    }

    /// The token of the forms on this session's pages. Pages of other sites cannot compute it and therefore cannot send
    /// a form.
    func formToken(of session: Session) -> String {
        self.forms.sign("", expires: .now + .seconds(Self.lifetime), boundTo: session.id)
    }

    /// Whether a token is that of this session.
    func isFormToken(_ token: String?, of session: Session) -> Bool {
        token.flatMap { self.forms.verify($0, boundTo: session.id) } != nil
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
        return self.browsers.sign(id, expires: .now + .seconds(Self.browserLifetime), boundTo: user.identity)
    }

    /// The identifier of a browser in which this user has signed in before, by its cookie; `nil` if there is none.
    func browser(_ cookie: String?, of user: User?) -> String? {
        guard let cookie, let user else { return nil }
        return self.browsers.verify(cookie, boundTo: user.identity)
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

    private static func now() -> Int64 { Int64(time(nil)) }
}
