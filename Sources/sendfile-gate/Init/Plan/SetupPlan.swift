/// The steps that set up a gate.
struct SetupPlan: Sendable, Equatable {
    /// A sentence about each choice that the options leave open.
    var notes: [String] = []
    var steps: [SetupStep] = []
    /// The commands that start the gate on a machine without systemd.
    var start: [String] = []

    /// The plan for the administrator.
    func text(withContents: Bool) -> String {
        let notes = self.notes.map { "\($0)\n" }.joined()
        guard !self.steps.isEmpty else { return "\(notes)Everything is set up already.\n" }
        return notes + self.steps.map { $0.text(withContents: withContents) + "\n" }.joined()
    }
}

/// The reason why init cannot make a plan.
enum SetupRefusal: Error, Equatable {
    /// The line must be inserted into a file of the administrator, before this line.
    case edit(path: String, line: Int, text: String)
    /// An option does not fit this machine.
    case unsuitable(String)
    /// A file of the administrator would have to be overwritten.
    case conflict(String)

    var gateError: GateError {
        switch self {
        case .edit(let path, let line, let text):
            GateError(
                .cannotCreate,
                "\(path) is your own file; add --edit to insert this line before its line \(line), or insert it yourself and "
                    + "repeat the command: \(text)")
        case .unsuitable(let sentence): GateError(.usage, sentence)
        case .conflict(let sentence): GateError(.cannotCreate, sentence)
        }
    }
}
