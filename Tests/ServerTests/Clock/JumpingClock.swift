import Glibc

/// The clocks of one program, which a test can shift: `Tests/jumping-clock.c`.
final class JumpingClock: Sendable {
    /// The environment variables of the program.
    let environment: [String: String]
    private let shifts: Int32

    init() throws {
        let directory = try Workspace.shared.makeDirectory("clock")
        let library = "\(directory)/jumping-clock.so"
        try CCompiler.compile("Tests/jumping-clock.c", ["-shared", "-fPIC", "-O1"], to: library)
        let file = "\(directory)/shift"
        self.environment = ["LD_PRELOAD": library, "CLOCK_SHIFT": file]
        self.shifts = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard self.shifts >= 0 else { throw Failure.system("create \(file)") }
        try self.jump(to: 0, monotonic: 0)
    }

    deinit { close(self.shifts) }

    /// Sets the difference between the program's clocks and the machine's, in seconds.
    func jump(to real: Int64, monotonic: Int64 = 0) throws {
        let shifts = [real, monotonic]
        guard pwrite(self.shifts, shifts, 16, 0) == 16 else { throw Failure.system("write a clock's shift") }
    }
}
