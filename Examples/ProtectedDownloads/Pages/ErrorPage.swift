import FastCGI
import HTTPTypes

/// The page that explains an error and offers a way to continue.
enum ErrorPage {
    static func page(_ error: SiteError, visitor: Visitor?) -> Page {
        Page(
            title: error.title, visitor: visitor, status: error.status, width: visitor == nil ? .centre : .wide,
            isSecret: visitor == nil,
            content: """
                <div class="error">
                <p class="status" aria-hidden="true">\(error.status.code)</p>
                <h1>\(error.title)</h1>
                <p class="lead">\(error.explanation)</p>
                \(visitor == nil
                    ? "<a class=\"button\" href=\"/sign-in\">Sign in</a>"
                    : "<a class=\"button\" href=\"/\">Back to your files</a>" as HTML)
                </div>
                """)
    }
}
