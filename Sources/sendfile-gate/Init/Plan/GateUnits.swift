/// The units of `conf/debian`, for a machine without the Debian package.
enum GateUnits {
    static let service = #"""
        # sendfile-gate, started by the first request that arrives on sendfile-gate.socket. Nothing enables it at the
        # installation: systemctl enable --now sendfile-gate.socket

        [Unit]
        Description=Gate to the downloads
        Documentation=man:sendfile-gate(1)
        Requires=sendfile-gate.socket
        After=sendfile-gate.socket

        [Service]
        # The program reports when it accepts requests, so "systemctl start" fails at once with an invalid setting. systemd restarts
        # the program if none of its workers has taken an event for WatchdogSec=: all of them compute, wait or are stopped.
        Type=notify
        WatchdogSec=30s
        ExecStart=/usr/bin/sendfile-gate serve
        # Reads the secrets again. "systemctl reload" returns when the program reports that it has. The first command makes systemd
        # wait for that report, because kill(1) may end before the program has seen the signal.
        ExecReload=/usr/bin/systemd-notify RELOADING=1
        ExecReload=/bin/kill -HUP $MAINPID
        NotifyAccess=exec
        # Sets SENDFILE_ROOT, SENDFILE_LINK_SECRET_FILE and so on.
        Environment=SENDFILE_CONFIG=/etc/sendfile-gate/sendfile-gate.conf

        # On SIGTERM, the program finishes the requests that have begun. systemd kills it after TimeoutStopSec=, which must be
        # longer than FASTCGI_DRAIN_TIMEOUT (30 s) so that the program can log the requests that it abandons and exit by itself.
        KillSignal=SIGTERM
        TimeoutStopSec=40s
        Restart=on-failure
        # A restart cannot fix an invalid setting, a missing file or a damaged one.
        RestartPreventExitStatus=64 65 66 77 78

        # A user that exists only while the program runs. As a member of the web server's group, it can read the secret, and the files
        # that this group can read.
        DynamicUser=yes
        SupplementaryGroups=www-data
        # For FASTCGI_ACCESS_LOG=/var/log/sendfile-gate/access.jsonl.
        LogsDirectory=sendfile-gate
        # For SENDFILE_GRANT_LEDGER=sqlite:/var/lib/sendfile-gate-ledger/grants.sqlite.
        StateDirectory=sendfile-gate-ledger
        StateDirectoryMode=0700

        # Sandboxing: the program only reads files and answers on an inherited socket.
        ProtectSystem=strict
        ProtectHome=read-only
        PrivateTmp=yes
        PrivateDevices=yes
        PrivateNetwork=yes
        PrivateIPC=yes
        RestrictAddressFamilies=AF_UNIX
        NoNewPrivileges=yes
        CapabilityBoundingSet=
        ProtectProc=invisible
        ProcSubset=pid
        ProtectClock=yes
        ProtectControlGroups=yes
        ProtectHostname=yes
        ProtectKernelLogs=yes
        ProtectKernelModules=yes
        ProtectKernelTunables=yes
        RestrictNamespaces=yes
        RestrictRealtime=yes
        RestrictSUIDSGID=yes
        LockPersonality=yes
        MemoryDenyWriteExecute=yes
        SystemCallArchitectures=native
        SystemCallFilter=@system-service
        SystemCallErrorNumber=EPERM
        UMask=0077

        """#

    static let socket = #"""
        # The socket of sendfile-gate. It stays open while the service restarts, so that no request is lost.

        [Unit]
        Description=Socket of the gate to the downloads
        Documentation=man:sendfile-gate(1)

        [Socket]
        ListenStream=/run/sendfile-gate.sock
        # Only the web server's user may connect: a client of this socket can claim to be any web server.
        SocketUser=www-data
        SocketGroup=www-data
        SocketMode=0660
        Backlog=4096

        [Install]
        WantedBy=sockets.target

        """#
}
