import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOPosix
import Sendfile

/// Serves the files below `SENDFILE_ROOT` at `/files/` to clients that send the cookie `ticket=blue`.
///
/// `SENDFILE_BACKEND` names the web server in front that sends the bytes; without it, this program streams them. `PORT` is the
/// port on 127.0.0.1.
@main struct PlainNIO {
    typealias Client = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    static func main() async throws {
        let sendfile = try Sendfile()
        let port = EnvironmentVariables.process.setting(named: "PORT").flatMap { Int($0) } ?? 8080
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
                    return try Client(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { clients in
                for try await client in clients {
                    // An error closes only this connection, so that the client notices that bytes are missing.
                    group.addTask { try? await self.serve(client, sendfile) }
                }
            }
        }
    }

    private static func serve(_ client: Client, _ sendfile: Sendfile) async throws {
        try await client.executeThenClose { requests, responses in
            for try await part in requests {
                guard case .head(let request) = part else { continue }
                guard request.headerFields[.cookie] == "ticket=blue", let path = request.filePath(below: "/files/")
                else {
                    try await responses.write(.head(HTTPResponse(status: .forbidden)))
                    try await responses.write(.end(nil))
                    if request.headerFields[.connection] == "close" { break }
                    continue
                }
                let file = try sendfile(request, path)
                try await responses.write(.head(HTTPResponse(status: file.status, headerFields: file.allHeaderFields)))
                if let body = file.delivery.body {
                    for try await chunk in body.chunks() {
                        try await responses.write(.body(ByteBuffer(bytes: chunk)))
                        // NIO's writer returns before the event loop has taken the chunk, however many wait there.
                        try await client.channel.eventLoop.submit {}.get()
                    }
                }
                try await responses.write(.end(nil))
                if request.headerFields[.connection] == "close" { break }
            }
            // The channel is closed at the end of this closure, so all bytes have to be sent before.
            responses.finish()
            try await client.channel.closeFuture.get()
        }
    }
}
