public import FastCGI

/// The request of the FastCGI library.
///
/// A program that imports Hummingbird need not import FastCGI, whose `Request` and `Response` have the same names.
public typealias FastCGIRequest = FastCGI.Request

/// The settings of the FastCGI server.
public typealias FastCGIConfiguration = FastCGIServer.Configuration
