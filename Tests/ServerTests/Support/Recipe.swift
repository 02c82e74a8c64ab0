import Glibc
import Testing

/// A program that makes links, taken from the article ExpiringLinks as it is.
enum Recipe: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case python
    case php
    case javascript
    case ruby
    case bash

    var testDescription: String { self.rawValue }

    /// The interpreter, to which the program's path is appended.
    private var interpreter: String {
        switch self {
        case .python: "python3"
        case .php: "php"
        case .javascript: "node"
        case .ruby: "ruby"
        case .bash: "bash"
        }
    }

    /// Calls the recipe's function for each NUL-terminated path of standard input.
    private var calls: String {
        switch self {
        case .python:
            """
            import sys
            for path in sys.stdin.buffer.read().split(b"\\0")[:-1]:
                print(signed_link(os.environ["SECRET"], os.environ["KEY"], path, int(os.environ["EXPIRES"]),
                                  *filter(None, os.environ["BINDINGS"].split("\\n"))))
            """
        case .php:
            """
            foreach (array_slice(explode("\\0", stream_get_contents(STDIN)), 0, -1) as $path) {
                echo signed_link(getenv('SECRET'), getenv('KEY'), $path, (int) getenv('EXPIRES'),
                    ...array_filter(explode("\\n", getenv('BINDINGS')))), "\\n";
            }
            """
        case .javascript:
            """
            const { env } = process;
            const input = require('node:fs').readFileSync(0);
            for (let start = 0, end; (end = input.indexOf(0, start)) >= 0; start = end + 1) {
                console.log(signedLink(env.SECRET, env.KEY, input.subarray(start, end), Number(env.EXPIRES),
                    ...env.BINDINGS.split('\\n').filter(Boolean)));
            }
            """
        case .ruby:
            """
            STDIN.binmode.read.split("\\0").each do |path|
              puts signed_link(ENV["SECRET"], ENV["KEY"], path, ENV["EXPIRES"].to_i, *ENV["BINDINGS"].split("\\n"))
            end
            """
        case .bash:
            """
            bindings=()
            [[ -z $BINDINGS ]] || mapfile -t bindings <<<"$BINDINGS"
            while IFS= read -r -d '' path; do
                signed_link "$SECRET" "$KEY" "$path" "$EXPIRES" "${bindings[@]}"
            done
            """
        }
    }

    /// Prints a link that is signed by the first key of a secret file.
    private var callWithFile: String {
        switch self {
        case .python:
            """
            print(named_link(*link_key(os.environ["FILE"]), "plain.txt", int(os.environ["EXPIRES"]), os.environ["NAME"])
                  if os.environ["NAME"] else
                  signed_link(*link_key(os.environ["FILE"]), "plain.txt", int(os.environ["EXPIRES"])))
            """
        case .php:
            """
            $arguments = [...link_key(getenv('FILE')), 'plain.txt', (int) getenv('EXPIRES')];
            echo getenv('NAME') === '' ? signed_link(...$arguments) : named_link(...[...$arguments, getenv('NAME')]), "\n";
            """
        case .javascript:
            """
            const { env } = process;
            const list = [...linkKey(env.FILE), 'plain.txt', Number(env.EXPIRES)];
            console.log(env.NAME ? namedLink(...list, env.NAME) : signedLink(...list));
            """
        case .ruby:
            """
            list = [*link_key(ENV["FILE"]), "plain.txt", ENV["EXPIRES"].to_i]
            puts ENV["NAME"].empty? ? signed_link(*list) : named_link(*list, ENV["NAME"])
            """
        case .bash:
            """
            link_key "$FILE" || exit
            if [[ -z $NAME ]]; then
                signed_link "$secret" "$key" plain.txt "$EXPIRES"
            else
                named_link "$secret" "$key" plain.txt "$EXPIRES" "$NAME"
            fi
            """
        }
    }

    private static let article =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        + "/Sources/SignedLinks/Documentation.docc/ExpiringLinks.md"

    /// The article.
    static func text() throws -> String { try Files.text(Self.article) }

    /// The only block of the article in this language.
    func code() throws -> String {
        let parts = try Self.text().components(between: "\n```\(self.rawValue)\n", and: "\n```\n")
        guard parts.count == 1 else { throw Failure("\(Self.article) has \(parts.count) blocks of \(self.rawValue)") }
        return parts[0]
    }

    /// Runs the recipe.
    ///
    /// - Parameters:
    ///   - paths: The paths to make links for, in this order.
    ///   - bindings: The bindings in the recipe's form: `user=alice`.
    ///   - environment: Additional environment variables.
    func links(
        to paths: [[UInt8]], secret: String, key: String = "", expires: Int64, bindings: [String] = [],
        environment: [String: String] = [:]
    ) throws -> [String] {
        let directory = try Workspace.shared.makeDirectory("recipe")
        try Files.write(paths.flatMap { $0 + [0] }, to: "\(directory)/paths".utf8)
        let input = open("\(directory)/paths", O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw Failure.system("open \(directory)/paths") }
        defer { close(input) }
        let variables = [
            "SECRET": secret, "KEY": key, "EXPIRES": String(expires), "BINDINGS": bindings.joined(separator: "\n"),
        ]
        let links = try self.run(
            self.calls, environment: variables.merging(environment) { $1 }, descriptors: [0: input], in: directory)
        guard links.count == paths.count else {
            throw Failure("\(self.rawValue) made \(links.count) links for \(paths.count) paths: \(links)")
        }
        return links
    }

    /// Makes a link to plain.txt with the first key of a secret file.
    ///
    /// - Parameter name: The name under which the file is saved; empty for none.
    func link(withFile file: String, expires: Int64, name: String = "") throws -> String {
        let links = try self.run(
            self.callWithFile, environment: ["FILE": file, "EXPIRES": String(expires), "NAME": name], descriptors: [:],
            in: Workspace.shared.makeDirectory("recipe"))
        guard links.count == 1 else { throw Failure("\(self.rawValue) made \(links.count) links: \(links)") }
        return links[0]
    }

    /// Runs the recipe with these calls after it, and returns the lines of its output.
    private func run(
        _ calls: String, environment: [String: String], descriptors: [Int32: Int32], in directory: String
    ) throws -> [String] {
        try Files.write("\(try self.code())\n\(calls)\n", to: "\(directory)/recipe")
        let log = "\(directory)/links"
        let process = try ChildProcess(
            [self.interpreter, "\(directory)/recipe"],
            environment: ChildProcess.plainEnvironment.merging(environment) { $1 }, descriptors: descriptors, log: log)
        let end = try process.waitForEnd(seconds: 120)
        let text = try Files.text(log)
        guard end == .exited(0) else { throw Failure("\(self.rawValue) ended with \(end): \(text)") }
        return text.split(separator: "\n").map(String.init)
    }
}

extension String {
    /// The texts between each `start` and the next `end`.
    fileprivate func components(between start: String, and end: String) -> [String] {
        var found: [String] = []
        var rest = self[...]
        while let opening = rest.firstRange(of: start) {
            rest = rest[opening.upperBound...]
            guard let closing = rest.firstRange(of: end) else { return found }
            found.append(String(rest[..<closing.lowerBound]))
            rest = rest[closing.upperBound...]
        }
        return found
    }
}
