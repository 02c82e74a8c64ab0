import FastCGI
import HTTPTypes

/// The pages for users who do not receive the file.
enum ErrorPage {
    static let expired = Self.response(
        .gone, "This link has expired", "Request a new link from the site that issued it.")
    static let revoked = Self.response(
        .gone, "This link has been ended", "Request a new link from the site that issued it.")
    static let usedUp = Self.response(
        .gone, "This link has been used up", "Request a new link from the site that issued it.")
    static let unavailable = Self.response(
        .serviceUnavailable, "Try again later", "Downloads are not available at the moment.",
        [Self.retryAfter: "10"])
    static let notFound = Self.response(
        .notFound, "Page not found", "The link is incomplete or invalid, or the file no longer exists.")
    static let methodNotAllowed = Self.response(
        .methodNotAllowed, "Method not allowed", "Only GET and HEAD are supported.", [.allow: "GET, HEAD"])

    private static let retryAfter = HTTPField.Name("Retry-After")!

    private static func response(
        _ status: HTTPResponse.Status, _ title: String, _ text: String, _ fields: HTTPFields = [:]
    ) -> Response {
        let page = """
            <!DOCTYPE html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <meta name="color-scheme" content="light dark">
            <title>\(title)</title>
            <body style="font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem">
            <h1>\(title)</h1>
            <p>\(text)</p>

            """
        var fields = fields
        fields[.contentType] = "text/html; charset=utf-8"
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        fields[.contentSecurityPolicy] = "default-src 'none'; style-src 'unsafe-inline'"
        return Response(status: status, headerFields: fields, body: .string(page))
    }
}
