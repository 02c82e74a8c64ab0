import Glibc

/// A film of 20 segments with a playlist that names them relatively, made once by ffmpeg below the root of all sites.
enum Film {
    static let segments = 20
    static let folder = "films/7 ü"
    static let playlist = "\(folder)/index.m3u8"

    /// Makes the film if necessary.
    static func make() throws { try self.made.get() }

    /// The directory of all films.
    static let parent = Result {
        let path = "\(try Workspace.shared.root)/films"
        try Files.makeDirectory(path)
        return path
    }

    private static let made = Result {
        let workspace = try Workspace.shared
        _ = try Self.parent.get()
        let path = "\(workspace.root)/\(Self.folder)"
        try Files.makeDirectory(path)
        let process = try ChildProcess(
            [
                "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x36:rate=10", "-t", "\(Self.segments)",
                "-c:v",
                "libx264", "-pix_fmt", "yuv420p", "-g", "10", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0",
                "\(path)/index.m3u8",
            ], log: "\(workspace.path)/film.log")
        guard try process.waitForEnd(seconds: 120) == .exited(0) else { throw Failure(try Files.text(process.log)) }
        let names = try Files.names(in: path)
        guard names.count == Self.segments + 1 else { throw Failure("ffmpeg made \(names.count) files") }
    }

    /// Plays a URL, and returns the number of frames that arrived, with the messages. Calls `body` with the player's progress when it has
    /// started.
    ///
    /// - Parameter client: The beginning of a command that runs the player.
    static func play(
        _ url: String, client: [String] = [], options: [String] = [],
        during body: (_ progress: String) throws -> Void = { _ in }
    ) throws -> (frames: Int, messages: String) {
        let directory = try Workspace.shared.makeDirectory("player")
        let process = try ChildProcess(
            client + ["ffmpeg", "-v", "warning", "-progress", "\(directory)/progress"] + options
                + ["-i", url, "-map", "0:v", "-c", "copy", "-f", "null", "-"], log: "\(directory)/log")
        try body("\(directory)/progress")
        _ = try process.waitForEnd(seconds: 120)
        let progress = (try? Files.text("\(directory)/progress")) ?? ""
        let frames = progress.split(separator: "\n").filter { $0.hasPrefix("frame=") }.last.flatMap {
            Int($0.dropFirst(6))
        }
        return (frames ?? 0, try Files.text(process.log))
    }
}
