import FastCGI
import HTTPTypes
import SignedLinks

extension GrantRequest {
    /// The parts of a request on which the verdict about a grant depends.
    ///
    /// - Parameter path: The request's path below the gate's prefix.
    init(_ request: Request, path: ArraySlice<UInt8>) {
        self.init(path: path, query: request.query ?? "", method: request.method.rawValue)
        let cookies = request.cookies
        self.cookies = GrantCookie.names.flatMap { cookies[values: $0] }
        self.clientAddress = request.remoteAddress
        self.user = request.remoteUser
    }
}
