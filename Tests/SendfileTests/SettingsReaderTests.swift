import Configuration
import Glibc
import SendfileBasics
import SendfileConfigReader
import Testing

@testable import Sendfile

@Suite struct SettingsReaderTests {
    @Test("The process environment is read, with empty values") func processEnvironment() {
        #expect(EnvironmentVariables.process.setting(named: "PATH") == getenv("PATH").map { String(cString: $0) })
        #expect(EnvironmentVariables.process.setting(named: "NO_SUCH_VARIABLE") == nil)
        #expect(Self.value(["A="]) == "")
    }

    @Test(
        "The last variable of a name counts, up to the first equals sign",
        arguments: [
            (["A=1", "A=2", "AB=3"], "2"), (["B=1", "A=2"], "2"), ([], nil), (["A=b=c"], "b=c"), (["A"], nil),
            (["=A=1"], nil), (["B=1"], nil),
            (["A=\u{E4}"], "\u{E4}"),
        ])
    func lastVariable(block: [String], value: String?) {
        #expect(Self.value(block) == value)
    }

    @Test("Bytes that are not UTF-8 are replaced") func invalidBytes() {
        var bytes: [CChar] = Array("A=x".utf8CString.dropLast()) + [-1, 0]
        bytes.withUnsafeMutableBufferPointer { text in
            #expect(EnvironmentVariables.value(of: "A", in: [text.baseAddress, nil]) == "x\u{FFFD}")
        }
    }

    private static func value(_ block: [String]) -> String? {
        let strings = block.map { strdup($0) }
        defer { for string in strings { free(string) } }
        return EnvironmentVariables.value(of: "A", in: strings + [nil])
    }

    @Test(
        "A ConfigReader has the values of the environment",
        arguments: SendfileSetting.allCases.map(\.rawValue) + ["FASTCGI_READ_TIMEOUT", "LISTEN_PID", "X"])
    func sameAsEnvironment(name: String) {
        for variables in [[:], [name: ""], [name: "7"], [name: "/srv/a b"]] {
            let reader = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
            #expect(reader.setting(named: name) == variables[name])
        }
    }

    @Test("A ConfigReader has strings and integers of other providers, in its order") func providers() {
        let first = InMemoryProvider(values: ["fastcgi.workers": 4, "sendfile.backend": "nginx"])
        let second = InMemoryProvider(values: ["sendfile.backend": "apache", "sendfile.root": "/srv"])
        let reader = ConfigReader(providers: [first, second])
        #expect(reader.setting(named: "FASTCGI_WORKERS") == "4")
        #expect(reader.setting(named: "SENDFILE_BACKEND") == "nginx")
        #expect(reader.setting(named: "SENDFILE_ROOT") == "/srv")
        #expect(reader.setting(named: "SENDFILE_URL") == nil)
    }

    @Test("Errors are those of the environment") func errors() {
        let variables = ["SENDFILE_BACKEND": "other"]
        let reader = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
        let error = #expect(throws: SendfileError.self) { try Sendfile(environment: reader) }
        #expect(error == #expect(throws: SendfileError.self) { try Sendfile(environment: .environment(variables)) })
        #expect(error?.description.hasPrefix("SENDFILE_BACKEND is \"other\"") == true)
    }
}
