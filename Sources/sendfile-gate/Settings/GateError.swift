import FastCGI
import Glibc
import Sendfile
import SystemPackage

/// Why the program cannot do what it was asked for: one sentence, and the status that it ends with.
struct GateError: Error, CustomStringConvertible {
    /// An exit status of sysexits.h.
    enum Status: Int32 {
        case usage = 64
        case noInput = 66
        case operatingSystem = 71
        case output = 74
        case noPermission = 77
        case configuration = 78
    }

    let status: Status
    let description: String

    init(_ status: Status, _ description: String) {
        self.status = status
        self.description = description
    }

    /// A file that cannot be read: 66 if it is not there, 77 if this user may not read it.
    init(reading name: String, _ path: String, _ reason: Errno) {
        let (status, remedy): (Status, String) =
            switch reason {
            case .noSuchFileOrDirectory, .notDirectory: (.noInput, "make the file, or name another one")
            case .permissionDenied, .notPermitted:
                (.noPermission, "let the user that runs this program read it, and nobody else")
            default: (.noInput, "it has to be a file that this user can read")
            }
        self.init(status, "\(name) is \"\(path)\", which cannot be read: \(reason); \(remedy)")
    }

    /// What a library threw, as this program ends with it.
    init(_ error: any Error) {
        switch error {
        case let error as GateError: self = error
        case is SendfileError, is FastCGIServer.ConfigurationError, is ListeningSocketError:
            self.init(.configuration, "\(error)")
        default: self.init(.operatingSystem, "\(error)")
        }
    }
}
