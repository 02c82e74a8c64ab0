extension BackendChoice {
    /// The names of backends in the systems that people come from, in lower case.
    private static let earlierNames: [String: BackendChoice] = {
        var names: [String: BackendChoice] = [
            // Rack::Sendfile's variations, which are names of header fields.
            "x-sendfile": .xsendfile, "x-accel-redirect": .nginx, "x-lighttpd-send-file": .lighttpd,
            // WSGI X-Sendfile's file senders; nginx is called the same.
            "standard": .xsendfile, "serve": .stream,
        ]
        // django-sendfile's and django-sendfile2's modules, with and without the package that they are in.
        let modules: [(name: String, choice: BackendChoice)] = [
            ("development", .stream), ("simple", .stream), ("xsendfile", .xsendfile), ("mod_wsgi", .localRedirect),
            ("nginx", .nginx),
        ]
        for (name, choice) in modules {
            for package in ["", "sendfile.backends.", "django_sendfile.backends."] { names[package + name] = choice }
        }
        return names
    }()

    /// The choice that an earlier system has by this name, whose case does not matter: names of header fields have none.
    static func named(asBefore name: String) -> BackendChoice? { self.earlierNames[name.lowercased()] }
}
