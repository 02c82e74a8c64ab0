import FastCGI
import Glibc
import ObjectStorage
import Sendfile
import SignedLinks
import SystemPackage

/// A failure of the program: one sentence, and the exit status.
struct GateError: Error, CustomStringConvertible {
    /// An exit status of sysexits.h.
    enum Status: Int32 {
        case usage = 64
        case dataError = 65
        case noInput = 66
        case unavailable = 69
        case software = 70
        case operatingSystem = 71
        case cannotCreate = 73
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

    /// Describes a file that cannot be read: status 66 if it does not exist, 77 if this user may not read it.
    init(reading name: String, _ path: String, _ reason: Errno) {
        let (status, remedy): (Status, String) =
            switch reason {
            case .noSuchFileOrDirectory, .notDirectory: (.noInput, "create the file, or name another one")
            case .permissionDenied, .notPermitted:
                (.noPermission, "make it readable by the user that runs this program only")
            default: (.noInput, "it must be a file that this user can read")
            }
        self.init(status, "\(name) is \"\(path)\", which cannot be read: \(reason); \(remedy)")
    }

    /// Adds the file and line of the setting that the error names first.
    ///
    /// - Parameter places: The file and line of each setting by its name.
    func located(in places: [String: String]) -> GateError {
        guard let place = places[String(self.description.prefix { $0 != " " })] else { return self }
        return GateError(self.status, "\(place): \(self.description)")
    }

    /// Adds the path of the file that the error is about, unless it names the file already.
    func naming(_ path: String) -> GateError {
        self.description.contains(path) ? self : GateError(self.status, "\(path): \(self.description)")
    }

    /// Converts an error of a library.
    init(_ error: any Error) {
        switch error {
        case let error as GateError: self = error
        case let error as ObjectStoreError: self = StoreSettings.named(error)
        case let error as GrantLedgerError: self = LedgerSettings.named(error)
        case let error as any ProgramError:
            self.init(Status(rawValue: error.exitStatus) ?? .software, "\(error)".printable)
        default: self.init(.operatingSystem, "\(error)")
        }
    }
}
