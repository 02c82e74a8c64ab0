/// A program on a machine, and what is set up for it.
struct MachineProgram: Sendable {
    /// Where it is.
    let path: String
    /// The directory of the files, `SENDFILE_ROOT`.
    let root: String
    /// What it answers as soon as it runs.
    let ready: (target: String, status: Int)
    /// Whether `conf` has files of its own for it.
    var isGate = false
    /// What an administrator changes in the files of `conf`; `@ROOT@` and its kind are filled in, and each stands there once.
    var edits: [(old: String, new: String)] = []

    /// The application under test with the corpus.
    static let application = MachineProgram(
        path: "\(Machine.programs)/test-application", root: Machine.root, ready: ("/ready", 200))

    /// sendfile-gate with the corpus, at first without its secret.
    static let gate = MachineProgram(
        path: "\(Machine.programs)/sendfile-gate", root: Machine.root, ready: ("/downloads/", 404), isGate: true)

    /// The file of the gate's secret.
    static let secret = "/etc/sendfile-gate.secret"

    /// The name of its units.
    var unit: String { self.isGate ? "sendfile-gate" : "sendfile" }
}
