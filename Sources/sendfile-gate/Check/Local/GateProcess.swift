import Glibc

/// A running gate: what it was started with.
struct GateProcess: Sendable {
    let process: pid_t
    /// In seconds since 1970.
    let start: Double
    /// The settings of its environment, without secrets.
    let environment: [(name: String, value: String)]
    /// Whether its program's file was replaced since.
    let isReplaced: Bool

    /// - Returns: `nil` if the process does not exist.
    init?(_ process: pid_t) {
        guard let start = ProcessTimes.start(of: process) else { return nil }
        (self.process, self.start) = (process, start)
        var environment: [(String, String)] = []
        if var text = ConfigurationText(of: "/proc/\(process)/environ") {
            while text.next != nil {
                let entry = text.take { $0 != 0 }
                _ = text.take()
                guard let sign = entry.firstIndex(of: "="), entry.hasPrefix("SENDFILE_") || entry.hasPrefix("FASTCGI_"),
                    !Setting.secrets.contains(String(entry[..<sign])), !SecretText.isPossible(in: entry)
                else { continue }
                environment.append((String(entry[..<sign]), String(entry[entry.index(after: sign)...])))
            }
        }
        self.environment = environment
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/\(process)/exe", &target, target.count)
        self.isReplaced = String(decoding: target.prefix(max(length, 0)), as: UTF8.self).hasSuffix(" (deleted)")
    }

    /// The file of its settings.
    var settingsFile: String? { self.environment.first { $0.name == "SENDFILE_CONFIG" }?.value }
}
