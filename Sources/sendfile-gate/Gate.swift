import ArgumentParser

/// The program: one subcommand for each thing that it does.
@main struct Gate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sendfile-gate", abstract: "Protected downloads at links that expire.",
        subcommands: [Serve.self, Link.self, Check.self])
}
