import Glibc

/// A kernel whose calls fail, or do a part of their work, for one program: `Tests/unreliable-kernel.c`.
final class UnreliableKernel: Sendable {
    /// A fault; its number is its place in the library's list.
    enum Fault: Int, CaseIterable, Sendable {
        /// A thread loses the processor before a call.
        case pause
        /// EINTR.
        case interrupt
        /// A call writes a part of the bytes, or reads a part of them from a file.
        case short
        /// EMFILE.
        case noDescriptor
        /// The connection is lost.
        case reset
        /// EIO from a disk.
        case disk
    }

    /// The faults under which each request is still answered with the right bytes.
    static let harmless: Set<Fault> = [.pause, .interrupt, .short]

    /// The environment variables of the program.
    let environment: [String: String]
    private let file: Int32

    /// Creates a kernel without faults.
    init(seed: UInt64) throws {
        let directory = try Workspace.shared.makeDirectory("kernel")
        let path = "\(directory)/world"
        let library = try Self.library.get()
        self.environment = ["LD_PRELOAD": library, "UNRELIABLE_KERNEL": path]
        self.file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard self.file >= 0 else { throw Failure.system("create \(path)") }
        try self.write([seed] + [UInt64](repeating: 0, count: 2 + Fault.allCases.count), at: 0)
    }

    deinit { close(self.file) }

    private static let library = Result { () throws -> String in
        let library = "\(try Workspace.shared.makeDirectory("kernel"))/unreliable-kernel.so"
        try CCompiler.compile("Tests/unreliable-kernel.c", ["-shared", "-fPIC", "-O1"], to: library)
        return library
    }

    /// Lets these faults happen from now on, and no others.
    func allow(_ faults: Set<Fault>) throws {
        try self.write([faults.reduce(0) { $0 | 1 << UInt64($1.rawValue) }], at: 1)
    }

    /// The number of faults of a kind so far.
    func count(of fault: Fault) throws -> Int {
        var number: UInt64 = 0
        guard pread(self.file, &number, 8, off_t(8 * (3 + fault.rawValue))) == 8 else {
            throw Failure.system("read the number of faults")
        }
        return Int(number)
    }

    private func write(_ numbers: [UInt64], at index: Int) throws {
        guard pwrite(self.file, numbers, 8 * numbers.count, off_t(8 * index)) == 8 * numbers.count else {
            throw Failure.system("write to the kernel's file")
        }
    }
}
