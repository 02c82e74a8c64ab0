import ArgumentParser

struct Link: AsyncParsableCommand {
    func run() async throws {}
}
