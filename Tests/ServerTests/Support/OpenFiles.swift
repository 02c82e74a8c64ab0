import Glibc

/// The limits on open files.
enum OpenFiles {
    /// Raises the limit of the tests' own process; throws if the system does not permit it.
    static func allow(_ count: UInt) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur < count else { return }
        guard limit.rlim_max >= count else { throw Failure("the limit on open files is \(limit.rlim_max)") }
        limit.rlim_cur = count
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw Failure.system("setrlimit")
        }
    }

    /// The hard limit of the tests' own process.
    static var most: UInt {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit.rlim_max
    }

    /// Changes both limits of another, running process.
    static func limit(_ pid: pid_t, to count: Int) throws {
        let log = "\(try Workspace.shared.makeDirectory("prlimit"))/log"
        let change = try ChildProcess(["prlimit", "--pid", "\(pid)", "--nofile=\(count):\(count)"], log: log)
        guard try change.waitForEnd() == .exited(0) else { throw Failure("prlimit: \(try Files.text(log))") }
    }
}
