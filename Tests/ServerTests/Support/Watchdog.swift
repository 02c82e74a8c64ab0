import Glibc
import Sendfile

/// Ends the processes started by the tests and removes their files, even if the tests crash or are interrupted.
///
/// It is a separate process that reads from a channel; end of file means that the tests have ended.
final class Watchdog: Sendable {
    static let shared = Watchdog()

    private let channel: Locked<Int32>

    private static let script = """
        trap '' INT TERM HUP
        children=' ' directories=()
        while read -r what value; do
            case $what in
            watch) children+="$value " ;;
            forget) children=${children/ $value / } ;;
            remove) directories+=("$value") ;;
            esac
        done
        if [[ $children != ' ' ]]; then
            kill -TERM $children
            for _ in {1..100}; do
                kill -0 $children || break
                sleep 0.05
            done
            kill -KILL $children
        fi
        chmod -R u+rwX -- "${directories[@]}"
        rm -rf -- "${directories[@]}"
        """

    private init() {
        guard let channel = try? Channel() else { preconditionFailure("no more descriptors") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, channel.child, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setflags(&attributes, ChildProcess.newSession)
        var pid: pid_t = 0
        let result = withCStrings(["bash", "-c", Self.script]) { arguments in
            posix_spawn(&pid, "/bin/bash", &actions, &attributes, arguments, environ)
        }
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
        precondition(result == 0, "cannot start /bin/bash")
        close(channel.child)
        self.channel = Locked(channel.parent)
    }

    func watch(child pid: pid_t) { self.tell("watch \(pid)") }

    func forget(child pid: pid_t) { self.tell("forget \(pid)") }

    func remove(atEnd directory: String) { self.tell("remove \(directory)") }

    private func tell(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        self.channel.withLock { _ = write($0, bytes, bytes.count) }
    }
}
