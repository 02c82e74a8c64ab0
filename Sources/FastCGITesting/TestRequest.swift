import FastCGI

/// Calls handlers without a socket.
public enum HandlerTest {}
