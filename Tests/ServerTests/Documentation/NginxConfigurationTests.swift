import FastCGI
import Sendfile
import Testing

/// The time limits and header fields of the configurations for nginx.
@Suite struct NginxConfigurationTests {
    private static let articles = ["Nginx", "GettingStarted", "ShortestConfigurations"].map {
        "Sources/FastCGI/Documentation.docc/\($0).md"
    }
    private static let files = ["sendfile", "gate", "object-storage", "auth-request"].map { "conf/nginx/\($0).conf" }

    /// The locations of a file that begin at the first column of a `server`, each up to its closing brace.
    private static func locations(_ file: String) throws -> [String] {
        let text =
            file.hasSuffix(".md")
            ? try CodeBlock.blocks(of: file).first { $0.language == "nginx" }?.text ?? ""
            : try Files.text("\(CodeBlock.package)/\(file)")
        let indentation = file.hasSuffix(".md") ? "" : "    "
        var locations: [String] = []
        var current: [Substring]?
        for line in text.split(separator: "\n") {
            if line.hasPrefix("\(indentation)location ") { current = [] }
            current?.append(line)
            if line == "\(indentation)}", let lines = current {
                locations.append(lines.joined(separator: "\n"))
                current = nil
            }
        }
        return locations
    }

    @Test(
        "nginx waits longer for a program than FASTCGI_HANDLER_TIMEOUT, so the program's 504 comes first",
        arguments: files + articles)
    func timeLimit(_ file: String) throws {
        let limit = try FastCGIServer.Configuration(environment: EnvironmentVariables([:])).handlerTimeout
        // A location for requests of nginx itself (auth_request) has a limit of its own.
        let locations = try Self.locations(file).filter { $0.contains("fastcgi_pass ") && !$0.contains(" internal;") }
        #expect(!locations.isEmpty)
        for location in locations {
            let seconds = location.firstMatch(of: /\n *fastcgi_read_timeout +(\d+)s;/).flatMap { Int($0.1) }
            #expect(.seconds(seconds ?? 60) > limit, "\(location.prefix { $0 != "\n" }) in \(file)")
        }
    }

    @Test(
        "The internal location keeps each field that the library counts on",
        arguments: ["conf/nginx/sendfile.conf", "conf/nginx/http.conf", articles[0]])
    func fields(_ file: String) throws {
        let location = try #require(try Self.locations(file).first { $0.contains(" internal;") })
        for name in NginxBackend.fieldsToAdd {
            let variable = "$upstream_http_\(name.lowercased().replacing("-", with: "_"))"
            let line = location.split(separator: "\n").first { $0.drop { $0 == " " }.hasPrefix("add_header \(name) ") }
            #expect(line?.contains(" \(variable) ") == true && line?.contains(" always;") == true, "\(name) in \(file)")
        }
    }
}
