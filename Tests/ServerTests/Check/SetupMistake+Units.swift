/// Drop-ins of systemd's units.
extension SetupMistake {
    /// A drop-in for the gate with the newest file's line as the first remedy.
    private static func gate(
        _ title: String, _ lines: [String], section: String = "Service", unit: String = "sendfile-gate.service",
        line number: Int = 2, then script: String = "", server: String = "nginx"
    ) -> Self {
        let file = "/etc/systemd/system/\(unit).d/hardening.conf"
        let text = (["[\(section)]"] + lines).joined(separator: "\\n")
        return Self(
            server: server, title: title,
            script: """
                mkdir -p /etc/systemd/system/\(unit).d
                printf '\(text)\\n' >\(file)
                systemctl stop sendfile-gate.socket sendfile-gate.service
                systemctl daemon-reload
                systemctl start sendfile-gate.socket || true
                \(script)
                """,
            // The default is a minute, and systemd tries again after the first failure.
            arguments: "--timeout 5", line: "\(file):\(number): \(lines[number - 2])", isFirst: true)
    }

    static let ofUnits = [
        Self.gate(
            "the gate may use IPv4 only",
            ["RestrictAddressFamilies=", "RestrictAddressFamilies=AF_INET", "TimeoutStartSec=1"], line: 3,
            then: """
                ! systemctl start sendfile-gate.service
                until systemctl is-failed --quiet sendfile-gate.service; do sleep 0.2; done
                """),
        Self.gate("the gate's settings are hidden", ["InaccessiblePaths=/etc/sendfile-gate"]),
        Self.gate("the secret is hidden", ["InaccessiblePaths=/etc/sendfile-gate/secret"]),
        Self.gate("a group does not exist", ["SupplementaryGroups=downloads"]),
        Self.gate(
            "the group of the socket does not exist", ["SocketGroup=downloads"], section: "Socket",
            unit: "sendfile-gate.socket"),
        Self.gate("the user of a fixed account does not exist", ["DynamicUser=no", "User=gate"], line: 3),
        Self.gate("the file of an environment is gone", ["EnvironmentFile=/etc/default/sendfile-gate"]),
        Self.gate("the working directory is gone", ["WorkingDirectory=/var/lib/downloads"]),
        Self.gate("the program may not be executed", ["NoExecPaths=/"]),
        Self.gate("a condition is not met", ["ConditionPathExists=/run/storage-ready"], section: "Unit"),
        Self.gate("too few descriptors", ["LimitNOFILE=4"]),
        Self.gate("a credential is gone", ["LoadCredential=key:/etc/ssl/gate.key"]),
        Self.gate("a system call is forbidden", ["SystemCallFilter=~read write"]),
        Self.gate(
            "the settings are hidden behind lighttpd", ["InaccessiblePaths=/etc/sendfile-gate"], server: "lighttpd"),
        Self(
            server: "nginx", title: "a drop-in of nginx names a file that does not exist",
            script: """
                mkdir -p /etc/systemd/system/nginx.service.d
                printf '[Service]\\nEnvironmentFile=/etc/default/nginx-tls\\n' >/etc/systemd/system/nginx.service.d/tls.conf
                systemctl daemon-reload; ! systemctl restart nginx
                """,
            line: "/etc/systemd/system/nginx.service.d/tls.conf:2: EnvironmentFile=/etc/default/nginx-tls",
            isFirst: true,
            end: 69),
    ]
}
