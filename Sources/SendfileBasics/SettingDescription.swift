/// The description of a setting: a row of the help text and of the documentation.
package struct SettingDescription: Sendable {
    /// The variable of the process environment, such as `FASTCGI_READ_TIMEOUT`.
    package let name: String
    /// The default value, in words if it is computed.
    package let standard: String
    /// The meaning of the setting, and the values that it accepts.
    package let meaning: String

    package init(_ name: String, standard: String, _ meaning: String) {
        self.name = name
        self.standard = standard
        self.meaning = meaning
    }
}
