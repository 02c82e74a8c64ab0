import Testing

extension ServerTests {
    /// Upgrades of the package and rotations of the secret while clients download through a gate that init has set up.
    @Suite(.serialized, .onMachines) struct MachineInitLoadTests {
        /// The script of a client in the machine. It writes a line per response.
        private static let clients = """
            cat >/root/bare/client <<'END'
            #!/bin/sh
            # client NAME URL SECONDS: one line per request, "ok" or the wrong sum, until /root/bare/load is removed. Reads
            # the response after these seconds.
            name=$1 url=$2 pause=$3
            while test -e /root/bare/load; do
                sum=$(curl --silent --show-error "$url" 2>&1 | { sleep "$pause"; sha256sum; })
                if test "$sum" = "$(cat /root/bare/$name.sum)"; then echo ok; else echo "lost $sum"; fi
            done >>/root/bare/count.$name.$$
            END
            chmod 755 /root/bare/client
            """

        private static func counts(_ bare: BareMachine, _ name: String) throws -> (answered: Int, lost: Int) {
            let lines = try bare.machine.run("cat /root/bare/count.\(name).* 2>/dev/null || true").split(
                separator: "\n")
            return (lines.filter { $0 == "ok" }.count, lines.filter { $0 != "ok" }.count)
        }

        private static func waitForMore(_ bare: BareMachine) throws {
            let before = try Self.counts(bare, "file").answered
            try bare.machine.wait("100 further requests are answered") {
                try Self.counts(bare, "file").answered >= before + 100
            }
        }

        /// A link, made from the installed settings.
        private static func link(_ bare: BareMachine, _ file: String) throws -> String {
            let command =
                "sendfile-gate link '\(file)' --config /etc/sendfile-gate/sendfile-gate.conf --base http://localhost/files/"
            return try bare.machine.run(command).replacing("\n", with: "")
        }

        private static func status(_ bare: BareMachine, _ link: String) throws -> String {
            try bare.machine.run("curl --silent --output /dev/null --write-out '%{http_code}' '\(link)'")
        }

        @Test(
            "Rotations of the secret and upgrades of the package lose no request and no download",
            arguments: BareMachine.setupsInTurn.first)
        func load(_ release: Release, _ server: String) throws {
            try BareMachine.with(server, release) { bare in
                let machine = bare.machine
                try bare.installPackage()
                // Behind Apache, the program itself streams a file with "%" in its name, because Apache's versions read such a
                // name differently. It is larger than the buffers on the way, and its
                // client reads it after a second, so an upgrade meets the stream.
                try machine.run(
                    """
                    head -c 30000000 /dev/urandom >'/srv/reports/100%.bin'
                    sha256sum <'/srv/reports/q3/report 1.pdf' >/root/bare/file.sum
                    sha256sum <'/srv/reports/100%.bin' >/root/bare/slow.sum
                    # The next version: the same files with another version number and time.
                    dpkg-deb --raw-extract /root/bare/gate.deb /root/bare/next
                    sed -i 's/^Version: .*/&+next/' /root/bare/next/DEBIAN/control
                    dpkg-deb -Znone --build /root/bare/next /root/bare/next.deb
                    """)
                let setup = try bare.setUp()
                try #require(setup.end == .exited(0), "\(setup.output)")

                let old = try Self.link(bare, "q3/report 1.pdf")
                let slow = try Self.link(bare, "100%.bin")
                try machine.run(
                    """
                    \(Self.clients)
                    touch /root/bare/load
                    # As units, because a test waits for every process that it starts.
                    for number in 1 2 3; do
                        systemd-run --quiet --collect --unit="client$number" /root/bare/client file '\(old)' 0
                    done
                    systemd-run --quiet --collect --unit=client4 /root/bare/client slow '\(slow)' 1
                    """)
                defer { _ = try? machine.run("rm -f /root/bare/load") }
                try Self.waitForMore(bare)

                for rotation in 1...3 {
                    try machine.run(
                        """
                        cd /etc/sendfile-gate
                        { echo "n\(rotation):$(head -c 32 /dev/urandom | base64)"; cat secret; } >/root/bare/secret
                        cat /root/bare/secret >secret
                        systemctl reload sendfile-gate.service
                        """)
                    let new = try Self.link(bare, "q3/report 1.pdf")
                    #expect(new.contains("key=n\(rotation)"))
                    #expect(try Self.status(bare, new) == "200", "after the rotation \(rotation)")
                    try Self.waitForMore(bare)
                }
                for version in ["next", "gate", "next"] {
                    let process = try machine.run("systemctl show --value --property=MainPID sendfile-gate.service")
                    try machine.run("dpkg --install /root/bare/\(version).deb")
                    #expect(
                        try machine.run("dpkg-query --show --showformat '${Version}' sendfile-gate").hasSuffix("+next")
                            == (version == "next"))
                    #expect(
                        try machine.run("systemctl show --value --property=MainPID sendfile-gate.service") != process)
                    try Self.waitForMore(bare)
                }

                try machine.run("rm /root/bare/load")
                try machine.wait("the clients have ended") {
                    try machine.attempt("systemctl --quiet is-active client1 client2 client3 client4").end != .exited(0)
                }
                let (files, lost) = try Self.counts(bare, "file")
                let (downloads, cut) = try Self.counts(bare, "slow")
                print(
                    "\(server), \(release.testDescription): 3 rotations, 3 upgrades: \(files) requests answered, \(lost) lost; "
                        + "\(downloads) slow downloads whole, \(cut) cut")
                #expect(lost == 0 && cut == 0)
                #expect(downloads >= 3)

                // The old secrets leave the file: their links end, and the newest one stays valid.
                let new = try Self.link(bare, "q3/report 1.pdf")
                try machine.run("sed -i '2,$d' /etc/sendfile-gate/secret && systemctl reload sendfile-gate.service")
                #expect(try Self.status(bare, old) == "404")
                #expect(try Self.status(bare, new) == "200")
            }
        }
    }
}
