/// The text of `sendfile-gate check --help`.
enum CheckHelp {
    static var text: String {
        let checks = CheckID.allCases.map { "  \($0.rawValue)\n      \($0.explanation)" }
        return """
            Asks for a file as a client would, and as one who must not have it, compares what comes with the file, and says \
            for each thing that is not in order why that is likely and which line of the web server's configuration to \
            change. Run it on the web server's machine, as a user who may read the file; as root it sees the most.

            One file, that somebody with this cookie may have:

              sendfile-gate check --file /srv/reports/q3.pdf \\
                --url https://example.org/files/q3.pdf \\
                --root /srv/reports --header 'Cookie: session=1f3a'

            One that a name and a password open:

              sendfile-gate check --file /srv/reports/q3.pdf \\
                --url https://example.org/files/q3.pdf --root /srv/reports \\
                --header "Authorization: Basic $(printf %s NAME:PASSWORD | base64 -w0)"

            Everything, with a look at who sends the bytes, and files that are made for a moment beside this one \
            (sendfile-gate-check-…; a run that is killed leaves them):

              sendfile-gate check --file /srv/reports/q3.pdf \\
                --url https://example.org/files/q3.pdf \\
                --header @/root/cookie --root /srv/reports \\
                --socket /run/sendfile.sock \\
                --program /usr/local/bin/downloads --write-test-files

            A gate, with the settings that serve has; it makes the links itself:

              SENDFILE_ROOT=/srv/reports \\
              SENDFILE_LINK_SECRET_FILE=/etc/sendfile-gate/secret \\
              sendfile-gate check --url https://example.org/downloads/

            For a monitor: --json, and the exit status.

            The checks:

            \(checks.joined(separator: "\n"))

            A check that can only fail because another one did is skipped: mend what failed and run it again.

            Exit status: 0 all is well, maybe with warnings; 1 a check failed (with --strict: or warned); 64 the command \
            line cannot be used, or there is no curl; 69 the web server cannot be reached; 66, 77 and 78 as for serve, where a \
            gate's settings are read.
            """
    }
}
