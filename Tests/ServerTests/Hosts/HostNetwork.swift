import Glibc

/// Hosts on one network: network namespaces of this machine, joined by a bridge. Each has the address `10.77.0.N`, and no route to
/// any other network.
///
/// The network exists as long as one of its hosts does.
struct HostNetwork: Sendable {
    /// A host: its files and processes are this machine's, its network is its own.
    struct Host: Sendable {
        let address: String
        fileprivate let holder: Holder
        /// The bridge, without which the host reaches no other one.
        fileprivate let bridge: Holder

        /// A command that runs another one on this host.
        var wrapper: [String] { ["nsenter", "--net=/proc/\(self.holder.process.pid)/ns/net", "--"] }

        /// Pulls out the host's cable, or plugs it in again: packets in either direction are lost without an error.
        func plug(_ isPlugged: Bool) throws {
            let port = "port\(self.address.split(separator: ".").last ?? "")"
            let change = try ChildProcess(
                [
                    "nsenter", "--net=/proc/\(self.bridge.process.pid)/ns/net", "--",
                    "ip", "link", "set", port, isPlugged ? "up" : "down",
                ], log: self.bridge.process.log)
            guard try change.waitForEnd() == .exited(0) else {
                throw Failure("the cable of \(self.address): \(try Files.text(change.log))")
            }
        }

        /// Its network, for sockets of the tests.
        func network() throws -> Network { try Network(of: self.holder.process.pid) }
    }

    let hosts: [Host]

    private static let script = """
        bridge=$1; shift
        on() { nsenter --net=/proc/$1/ns/net -- "${@:2}"; }
        on "$bridge" ip link add switch type bridge
        on "$bridge" ip link set switch up
        number=1
        for host in "$@"; do
            on "$bridge" ip link add port$number type veth peer name eth0 netns "$host"
            on "$bridge" ip link set port$number master switch up
            on "$host" ip address add 10.77.0.$number/24 dev eth0
            on "$host" ip link set eth0 up
            on "$host" ip link set lo up
            number=$((number + 1))
        done
        """

    init(hosts count: Int) throws {
        let directory = try Workspace.shared.makeDirectory("hosts")
        let bridge = try Holder(log: "\(directory)/bridge.log")
        self.hosts = try (1...count).map {
            Host(address: "10.77.0.\($0)", holder: try Holder(log: "\(directory)/host-\($0).log"), bridge: bridge)
        }
        let join = try ChildProcess(
            ["bash", "-euc", Self.script, "join", String(bridge.process.pid)]
                + self.hosts.map { String($0.holder.process.pid) },
            log: "\(directory)/join.log")
        guard try join.waitForEnd() == .exited(0) else {
            throw Failure("the hosts cannot be joined: \(try Files.text(join.log))")
        }
    }

    /// A process that has a network namespace of its own, and ends with this object.
    fileprivate final class Holder: Sendable {
        let process: ChildProcess

        init(log: String) throws {
            let process = try ChildProcess(
                ["unshare", "--net", "sh", "-c", "echo ready; exec sleep infinity"], log: log)
            self.process = process
            try Deadline.wait("the namespace exists") {
                guard process.isRunning else { throw Failure("no network namespace: \(try Files.text(log))") }
                return try Files.text(log).contains("ready")
            }
        }

        deinit {
            self.process.signal(SIGKILL)
            _ = try? self.process.waitForEnd()
        }
    }
}
