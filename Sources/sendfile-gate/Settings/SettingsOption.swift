import ArgumentParser

/// Where a subcommand's settings come from.
struct SettingsOption: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "A file of settings, a line NAME=value each.",
            discussion: "The environment wins over it. SENDFILE_CONFIG names one as well.", valueName: "file"))
    var file: String?

    /// The settings in force; what is worth a warning goes to `warn`.
    func settings(warn: (String) -> Void) throws(GateError) -> GateSettings {
        let settings = try GateSettings(.process(file: self.file))
        for warning in settings.warnings { warn(warning) }
        return settings
    }
}
