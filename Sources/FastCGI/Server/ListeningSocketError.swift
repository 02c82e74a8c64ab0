/// Why there is no socket to listen on.
public enum ListeningSocketError: ProgramError, CustomStringConvertible, Equatable {
    /// The program was started without a socket and without an address.
    case noSocket
    /// `FASTCGI_LISTEN` cannot be read.
    case invalidAddress(String)
    /// A socket could not be opened at an address.
    case unavailable(address: String, reason: String)

    public var description: String {
        switch self {
        case .noSocket:
            "This is a FastCGI program: a web server starts it with a listening socket as standard input; to start it by "
                + "hand, set FASTCGI_LISTEN to a path, host:port or [::1]:port."
        case .invalidAddress(let value):
            "FASTCGI_LISTEN is \"\(value)\", which is no path, host:port or [::1]:port"
        case .unavailable(let address, let reason): "cannot listen on \(address): \(reason)"
        }
    }

    /// The exit status of sysexits.h: 64 (usage), 69 (service unavailable), 78 (configuration).
    public var exitStatus: Int32 {
        switch self {
        case .noSocket: 64
        case .unavailable: 69
        case .invalidAddress: 78
        }
    }
}
