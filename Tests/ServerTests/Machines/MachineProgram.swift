/// A program on a machine, with its setup.
struct MachineProgram: Sendable {
    /// The program's path.
    let path: String
    /// The directory of the files, `SENDFILE_ROOT`.
    let root: String
    /// A request and its status when the program is ready.
    let ready: (target: String, status: Int)
    /// Whether `conf` has separate files for it.
    var isGate = false
    /// Options of the web server's file in `conf`, whose lines begin with the name.
    var options: [String] = []
    /// The administrator's changes to the files of `conf`; `@ROOT@` and similar placeholders are replaced, and each
    /// text occurs once.
    var edits: [(old: String, new: String)] = []

    /// The application under test with the corpus.
    static let application = MachineProgram(
        path: "\(Machine.programs)/test-application", root: Machine.root, ready: ("/ready", 200))

    /// The Hummingbird application under test with the corpus.
    static let hummingbird = MachineProgram(
        path: "\(Machine.programs)/hummingbird-application", root: Machine.root, ready: ("/ready", 200))

    /// sendfile-gate with the corpus, without its secret.
    static let gate = MachineProgram(
        path: "\(Machine.programs)/sendfile-gate", root: Machine.root, ready: ("/downloads/", 404), isGate: true)

    /// The file that contains the gate's secret.
    static let secret = "/etc/sendfile-gate.secret"

    /// The name of its systemd units.
    var unit: String { self.isGate ? "sendfile-gate" : "sendfile" }
}
