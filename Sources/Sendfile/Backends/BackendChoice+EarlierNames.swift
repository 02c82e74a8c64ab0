extension BackendChoice {
    /// The variations of Rack::Sendfile: names of header fields, in lower case.
    private static let variations: [String: BackendChoice] = [
        "x-sendfile": .xsendfile, "x-accel-redirect": .nginx, "x-lighttpd-send-file": .lighttpd,
    ]

    /// The backends of django-sendfile and django-sendfile2, with and without their package's name, and the file
    /// senders of WSGI X-Sendfile.
    private static let earlierNames: [String: BackendChoice] = {
        let backends: [String: BackendChoice] = [
            "development": .stream, "simple": .stream, "xsendfile": .xsendfile, "mod_wsgi": .localRedirect,
            "nginx": .nginx,
        ]
        var names: [String: BackendChoice] = ["standard": .xsendfile, "serve": .stream]
        for (name, choice) in backends {
            for package in ["", "sendfile.backends.", "django_sendfile.backends."] { names[package + name] = choice }
        }
        return names
    }()

    /// The choice with this name in another library.
    static func named(asBefore name: String) -> BackendChoice? {
        self.earlierNames[name] ?? self.variations[name.lowercased()]
    }
}
