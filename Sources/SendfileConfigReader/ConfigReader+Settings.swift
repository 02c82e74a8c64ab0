public import Configuration
public import Sendfile

extension ConfigReader: SettingsReader {
    /// Returns the value of a setting, or `nil` if no provider contains it.
    ///
    /// - Parameter name: The name of the variable in the process environment. Its key is in lowercase with dots:
    ///   `SENDFILE_ROOT` is `sendfile.root`. The value is a string or an integer.
    public func setting(named name: String) -> String? {
        let key = ConfigKey(name.lowercased().split(separator: "_" as Character).map(String.init))
        return self.string(forKey: key) ?? self.int(forKey: key).map { String($0) }
    }
}
