import Glibc

/// Two connected descriptors that only explicitly named child processes inherit.
struct Channel {
    let parent: Int32
    let child: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw Failure.system("create a pair of sockets")
        }
        (self.parent, self.child) = (ends[0], ends[1])
    }
}
