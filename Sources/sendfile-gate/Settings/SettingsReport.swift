import Sendfile
import SendfileBasics
import SystemPackage

/// The settings in force, for an administrator: each with its value and its source, and none with a secret.
struct SettingsReport {
    private let settings: GateSettings
    /// The state of the socket, in one line.
    private let socket: String
    /// The bucket, in one line.
    private let store: String?
    /// The ledger of grants, in one line.
    private let ledger: String?

    init(_ settings: GateSettings, socket: String, store: String?, ledger: String?) {
        self.settings = settings
        self.socket = socket
        self.store = store
        self.ledger = ledger
    }

    /// The lines `NAME = value (source)`, in the order of the help.
    var lines: [String] {
        Setting.all.map { setting in
            if setting.name == "SENDFILE_CONFIG", let file = self.settings.source.option {
                return "\(setting.name) = \(file.printable) (--config)"
            }
            guard let value = self.settings.source[setting.name] else {
                return "\(setting.name) = \(Setting.plain(setting.standard)) (default)"
            }
            let source = self.settings.source.places[setting.name] ?? "environment"
            let text =
                switch setting.name {
                case "SENDFILE_LINK_SECRET": self.keys
                case "SENDFILE_LINK_SECRET_FILE": "\(value.printable): \(self.keys)"
                case _ where Setting.secrets.contains(setting.name): "not shown"
                default: value.printable
                }
            return "\(setting.name) = \(text) (\(source))"
        }
    }

    /// The number and the names of the keys.
    private var keys: String {
        let names = self.settings.keyNames.map { $0.isEmpty ? "a key without a name" : $0 }
        return names.count == 1
            ? "1 key, not shown: \(names[0])"
            : "\(names.count) keys, not shown: \(names.joined(separator: ", "))"
    }

    /// Writes the lines to standard output.
    func print() throws(GateError) {
        let text =
            self.lines.map { "\($0)\n" }.joined() + "\nSocket: \(self.socket.printable)\n"
            + (self.store.map { "Store: \($0.printable)\n" } ?? "")
            + (self.ledger.map { "Ledger: \($0.printable)\n" } ?? "") + "The settings are valid.\n"
        do {
            try FileDescriptor.standardOutput.writeAll(text.utf8)
        } catch {
            throw GateError(.output, "the settings cannot be written to standard output: \(error)")
        }
    }
}
