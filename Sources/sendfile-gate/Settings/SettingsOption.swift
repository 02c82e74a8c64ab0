import ArgumentParser

/// The source of a subcommand's settings.
struct SettingsOption: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "A file with settings, one NAME=value per line.",
            discussion: "The environment overrides it. SENDFILE_CONFIG also names such a file.", valueName: "file"))
    var file: String?

    /// The settings in force; passes warnings to `warn`.
    func settings(warn: (String) -> Void) throws(GateError) -> GateSettings {
        let settings = try GateSettings(.process(file: self.file))
        for warning in settings.warnings { warn(warning) }
        return settings
    }
}
