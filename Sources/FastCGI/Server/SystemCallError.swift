import Glibc
public import SystemPackage

/// A system call that failed.
public struct SystemCallError: Error, CustomStringConvertible {
    /// The call, such as `epoll_create1`.
    public let call: String
    /// The reason.
    public let errno: Errno

    init(call: String, code: Int32) {
        self.call = call
        self.errno = Errno(rawValue: code)
    }

    public var description: String { "\(self.call) failed: \(self.errno)" }

    /// Returns the result of a system call, or throws the error in errno if the result is -1.
    @discardableResult
    static func check(_ call: String, _ result: Int32) throws(SystemCallError) -> Int32 {
        guard result >= 0 else { throw SystemCallError(call: call, code: Glibc.errno) }
        return result
    }
}
