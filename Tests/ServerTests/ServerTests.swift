import Testing

/// All tests with real web servers, one at a time: they share the servers, and some read the kernel's counters of the
/// program.
@Suite(.serialized, .showingLogs)
struct ServerTests {}
