import Glibc

/// A source of the settings that are not given in code, such as the process environment.
///
/// A program with settings in another place has its own type that conforms, or uses swift-configuration through the
/// module SendfileConfigReader:
///
/// ```swift
/// struct Stored: SettingsReader {
///     let values: [String: String]
///
///     func setting(named name: String) -> String? { self.values[name] }
/// }
/// ```
public protocol SettingsReader: Sendable {
    /// Returns the value of a setting, or `nil` if the source does not contain it. An empty value counts as missing.
    ///
    /// - Parameter name: The name of the variable in the process environment, such as `SENDFILE_ROOT`.
    func setting(named name: String) -> String?
}

/// Environment variables as a source of settings.
public struct EnvironmentVariables: SettingsReader {
    /// The variables; `nil` for those of the process.
    private let values: [String: String]?

    /// Creates a source from names and values.
    public init(_ values: [String: String]) {
        self.values = values
    }

    private init() {
        self.values = nil
    }

    /// The environment of this process at the time of each call.
    ///
    /// Bytes that are not UTF-8 are replaced. The last of several variables with one name counts.
    public static let process = EnvironmentVariables()

    public func setting(named name: String) -> String? {
        guard let values = self.values else { return Self.value(of: name, in: environ) }
        return values[name]
    }

    /// The value of a variable.
    ///
    /// - Parameter block: Strings of the form `NAME=value`, up to a null pointer. Only the value is copied, because a
    ///   program reads few of its variables.
    static func value(of name: String, in block: UnsafePointer<UnsafeMutablePointer<CChar>?>) -> String? {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")) else { return nil }
        return name.withCString { name in
            let length = strlen(name)
            var (variable, value): (_, UnsafeMutablePointer<CChar>?) = (block, nil)
            while let text = variable.pointee {
                if strncmp(text, name, length) == 0, text[length] == CChar(UInt8(ascii: "=")) {
                    value = text + length + 1
                }
                variable += 1
            }
            return value.map { String(cString: $0) }
        }
    }
}

extension SettingsReader where Self == EnvironmentVariables {
    /// The environment of this process.
    public static var process: EnvironmentVariables { EnvironmentVariables.process }
}
