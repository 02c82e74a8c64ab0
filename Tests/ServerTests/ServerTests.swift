import Testing

/// Everything that is asked of real web servers, one question after the other: they share the servers, and some read what the
/// kernel counts for the program.
@Suite(.serialized, .showingLogs)
struct ServerTests {}
