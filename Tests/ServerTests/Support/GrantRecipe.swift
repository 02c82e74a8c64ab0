import Glibc
import Testing

/// A program that signs grants, taken from the article Grants as it is.
enum GrantRecipe: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case python, php, javascript, ruby, go, bash

    var testDescription: String { self.rawValue }

    private static let article = "Sources/SignedLinks/Documentation.docc/Grants.md"

    /// The only block of the article in this language.
    func code() throws -> String {
        let blocks = try CodeBlock.blocks(of: Self.article).filter { $0.language == self.rawValue }
        guard blocks.count == 1 else { throw Failure("\(Self.article) has \(blocks.count) blocks of \(self.rawValue)") }
        return blocks[0].text
    }

    /// Prints a token for each record of standard input, which ends with an empty field. Each field ends with a NUL.
    private var calls: String {
        switch self {
        case .python:
            """
            import sys
            record = []
            for field in sys.stdin.buffer.read().split(b"\\0")[:-1]:
                if field:
                    record.append(field)
                else:
                    print(grant_token(os.environ["SECRET"], os.environ["KEY"], *record))
                    record = []
            """
        case .php:
            """
            $record = [];
            foreach (array_slice(explode("\\0", stream_get_contents(STDIN)), 0, -1) as $field) {
                if ($field !== '') {
                    $record[] = $field;
                } else {
                    echo grant_token(getenv('SECRET'), getenv('KEY'), ...$record), "\\n";
                    $record = [];
                }
            }
            """
        case .javascript:
            """
            const input = require('node:fs').readFileSync(0);
            let record = [];
            for (let start = 0, end; (end = input.indexOf(0, start)) >= 0; start = end + 1) {
                if (end > start) {
                    record.push(input.subarray(start, end));
                } else {
                    console.log(grantToken(process.env.SECRET, process.env.KEY, ...record));
                    record = [];
                }
            }
            """
        case .ruby:
            """
            record = []
            STDIN.binmode.read.split("\\0", -1)[0...-1].each do |field|
              next record << field unless field.empty?
              puts grant_token(ENV["SECRET"], ENV["KEY"], *record)
              record = []
            end
            """
        case .go:
            """
            package main

            import (
            \t"fmt"
            \t"io"
            \t"os"
            \t"strings"
            )

            func main() {
            \tinput, _ := io.ReadAll(os.Stdin)
            \tfor _, record := range strings.Split(strings.TrimSuffix(string(input), "\\x00\\x00"), "\\x00\\x00") {
            \t\tfmt.Println(grantToken(os.Getenv("SECRET"), os.Getenv("KEY"), strings.Split(record, "\\x00")...))
            \t}
            }
            """
        case .bash:
            """
            record=()
            while IFS= read -r -d '' field; do
                if [[ -n $field ]]; then
                    record+=("$field")
                else
                    grant_token "$SECRET" "$KEY" "${record[@]}"
                    record=()
                fi
            done
            """
        }
    }

    /// Writes the program and returns the command that runs it.
    private func write(to directory: String) throws -> [String] {
        let code = try self.code()
        switch self {
        case .go:
            try Files.write("\(code)\n", to: "\(directory)/recipe.go")
            try Files.write("\(self.calls)\n", to: "\(directory)/main.go")
            let cache = "\(try Workspace.shared.path)/go"
            return [
                "env", "GOCACHE=\(cache)", "GO111MODULE=off", "go", "run", "\(directory)/recipe.go",
                "\(directory)/main.go",
            ]
        case .bash:
            // With the functions of the other article.
            try Files.write("\(Recipe.bash.code())\n\(code)\n\(self.calls)\n", to: "\(directory)/recipe")
        default: try Files.write("\(code)\n\(self.calls)\n", to: "\(directory)/recipe")
        }
        let interpreter =
            switch self {
            case .python: "python3"
            case .javascript: "node"
            default: self.rawValue
            }
        return [interpreter, "\(directory)/recipe"]
    }

    /// Signs grants.
    ///
    /// - Parameter records: The fields of each grant.
    func tokens(_ records: [[[UInt8]]], secret: String, key: String = "") throws -> [String] {
        let directory = try Workspace.shared.makeDirectory("grant-recipe")
        try Files.write(records.flatMap { $0.flatMap { $0 + [0] } + [0] }, to: "\(directory)/records".utf8)
        let input = open("\(directory)/records", O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw Failure.system("open \(directory)/records") }
        defer { close(input) }
        let process = try ChildProcess(
            try self.write(to: directory),
            environment: ChildProcess.plainEnvironment.merging(["SECRET": secret, "KEY": key]) { $1 },
            descriptors: [0: input], log: "\(directory)/tokens")
        let end = try process.waitForEnd(seconds: 300)
        let text = try Files.text(process.log)
        let tokens = text.split(separator: "\n").map(String.init)
        guard end == .exited(0), tokens.count == records.count else {
            throw Failure("\(self.rawValue) ended with \(end): \(text.prefix(2_000))")
        }
        return tokens
    }
}
