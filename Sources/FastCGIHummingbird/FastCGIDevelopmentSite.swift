import FastCGI

/// The command `--development`, which puts a web server in front of the program.
///
/// It is `DevelopmentSite` of FastCGI, for programs that do not import FastCGI and have a `main` of their own. A ``HummingbirdProgram`` has
/// the command.
public enum FastCGIDevelopmentSite {
    /// Starts a web server in front of this program, if the program's first argument is `--development`. Otherwise it does nothing.
    ///
    /// Call it before the program creates a `Sendfile` value.
    ///
    /// - Throws: A `ProgramError`: an invalid option, a missing web server, a port in use, or a web server that does not start.
    public static func startIfRequested() throws { try DevelopmentSite.startIfRequested() }
}
