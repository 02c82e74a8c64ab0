/// The text of `sendfile-gate check --help`.
enum CheckHelp {
    static var text: String {
        let checks = CheckID.allCases.map { "  \($0.rawValue)\n      \($0.explanation)" }
        return """
            Requests a file as an authorized client and as an unauthorized one, compares the responses with the file, \
            and prints for each fault the likely cause and the line of the web server's configuration to change. Run \
            it on the web server's machine as a user who may read the file; root can check the most. There, the configuration \
            of nginx, lighttpd, Apache or Caddy is read as well, and a remedy names the file and the number of a line that answers in \
            place of the program. If that web server passes a gate's URL on to another one of the machine, that one is asked directly, too.

            A file that this cookie gives access to:

              sendfile-gate check --file /srv/reports/q3.pdf \\
                --url https://example.org/files/q3.pdf \\
                --root /srv/reports --header 'Cookie: session=1f3a'

            A file that a name and a password give access to:

              sendfile-gate check --file /srv/reports/q3.pdf \\
                --url https://example.org/files/q3.pdf --root /srv/reports \\
                --header "Authorization: Basic $(printf %s NAME:PASSWORD | base64 -w0)"

            All checks, including which program sends the bytes, with temporary files beside this one (named \
            sendfile-gate-check-…; a run that is killed does not remove them):

              sendfile-gate check --file /srv/reports/q3.pdf \\
                --url https://example.org/files/q3.pdf \\
                --header @/root/cookie --root /srv/reports \\
                --socket /run/sendfile.sock \\
                --program /usr/local/bin/downloads --write-test-files

            A gate, with the settings of serve; this command makes the links:

              SENDFILE_ROOT=/srv/reports \\
              SENDFILE_LINK_SECRET_FILE=/etc/sendfile-gate/secret \\
              sendfile-gate check --url https://example.org/downloads/

            A gate whose root is a bucket, and one of its objects; the store is asked as well as the web server:

              sendfile-gate check --config /etc/sendfile-gate/sendfile-gate.conf \\
                --url https://example.org/downloads/ --file team/q3.pdf

            When root checks a gate whose settings are in a file below /etc, and no check fails or warns, the state of \
            the machine is recorded in \(MachineRecord.file): the configuration of the web servers, the gate's \
            units and settings, owners and modes, mounts, ports and the firewall. A later check shows what has changed \
            since then, with files and line numbers. Lines that may contain a secret are neither recorded nor shown.

            For monitoring, use --json and the exit status.

            The checks:

            \(checks.joined(separator: "\n"))

            A check that depends on a failed one is skipped: fix the failure and run the command again.

            Exit status: 0 no failure, possibly warnings; 1 a check failed (with --strict: or warned); 64 invalid command \
            line, or curl is missing; 69 the web server cannot be reached; 66, 77 and 78 as for serve, if a gate's \
            settings are read.
            """
    }
}
