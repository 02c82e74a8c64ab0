import FastCGI
import HTTPTypes
import SignedLinks
import SignedLinksCDN

/// The links of CDNs that a gate accepts.
struct CDNLinks: Sendable {
    let cloudFront: CloudFrontLinks?
    let akamai: AkamaiTokens?

    /// Verifies a request. Its verdict is ``LinkFlaw/Code/missingSignature`` if it has neither a signed URL, nor a token, nor a cookie of a CDN.
    func verify(_ request: CDNRequest, at now: LinkTime) -> LinkVerdict {
        let verdicts = [self.cloudFront?.verify(request, at: now), self.akamai?.verify(request, at: now)]
        let found = verdicts.compactMap { $0 }.filter { $0 != .invalid(.missingSignature) }
        return found.isEmpty ? .invalid(.missingSignature) : .best(of: found)
    }

    /// The parts of a request on which the verdict depends.
    ///
    /// - Parameter path: The request's path below the gate's prefix.
    func request(_ request: Request, path: ArraySlice<UInt8>) -> CDNRequest {
        var asked = CDNRequest(path: path, rawPath: request.rawPath, query: request.query ?? "")
        let cookies = request.cookies
        let names = self.akamai?.names ?? []
        for name in names + (self.cloudFront == nil ? [] : CloudFrontLinks.cookieNames) {
            asked.cookies[name] = cookies[values: name]
        }
        for name in names { asked.fields[name] = HTTPField.Name(name).flatMap { request.fieldValue($0) } }
        asked.clientAddress = request.remoteAddress
        return asked
    }
}
