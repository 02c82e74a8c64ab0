import HTTPTypes
import Testing

@testable import Sendfile

/// The names of backends in other libraries.
struct EarlierNamesTests {
    @Test(
        "A name from another library selects the same backend",
        arguments: [
            ("development", "stream"), ("simple", "stream"), ("mod_wsgi", "local-redirect"), ("nginx", "nginx"),
            ("xsendfile", "xsendfile"), ("django_sendfile.backends.development", "stream"),
            ("django_sendfile.backends.simple", "stream"), ("django_sendfile.backends.xsendfile", "xsendfile"),
            ("django_sendfile.backends.mod_wsgi", "local-redirect"), ("django_sendfile.backends.nginx", "nginx"),
            ("sendfile.backends.development", "stream"), ("sendfile.backends.simple", "stream"),
            ("sendfile.backends.xsendfile", "xsendfile"), ("sendfile.backends.mod_wsgi", "local-redirect"),
            ("sendfile.backends.nginx", "nginx"), ("standard", "xsendfile"), ("serve", "stream"),
            ("X-Sendfile", "xsendfile"), ("x-sendfile", "xsendfile"), ("X-SENDFILE", "xsendfile"),
            ("X-Accel-Redirect", "nginx"), ("x-accel-redirect", "nginx"), ("X-Lighttpd-Send-File", "lighttpd"),
            ("X-LIGHTTPD-send-file", "lighttpd"), ("local-redirect", "local-redirect"),
        ]) func names(name: String, choice: String) throws
    {
        for source in [SettingSource.environment, .parameter] {
            #expect(try BackendChoice(name, from: source).description == choice)
        }
    }

    @Test(
        "An unknown name is an error that lists the current names",
        arguments: [
            "", " nginx", "django_sendfile.backends.", "django_sendfile.backends.caddy", "other.backends.nginx",
            "X-Send",
            "mod-wsgi", "Nginx", "Simple", "STANDARD",
            "nginx\n",
        ]) func unknownNames(name: String) throws
    {
        let error = #expect(throws: SendfileError.self) { try BackendChoice(name, from: .environment) }
        #expect(error?.code == .unknownBackend)
        #expect(
            error?.description.hasSuffix(
                "automatic, lighttpd, apache, nginx, caddy, local-redirect, stream, xsendfile") == true)
    }
}
