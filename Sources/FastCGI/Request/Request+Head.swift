import HTTPTypes

/// HEAD for handlers that only know GET.
extension Request {
    /// Whether this is a `HEAD` request whose method the handler may not know, because its status is 404, 405 or 501.
    @inline(__always)
    func isUnknownHead(_ response: borrowing Response) -> Bool {
        switch response.status.code {
        // If a file was looked for, the method is known.
        case 404, 405, 501: self.method == .head && response.requestedFile == nil
        default: false
        }
    }

    /// The request with the method `GET`. It has no range, which `HEAD` ignores (RFC 9110 §14.2).
    func asGet() -> Request {
        Request(
            id: self.id, form: self.form, parameters: self.parameters.asGet(), body: self.body, origin: self.origin,
            hidesRange: self.fieldValue(.range) != nil)
    }
}

extension Parameters {
    /// These parameters with the method `GET`, and without a range.
    fileprivate func asGet() -> Parameters {
        let left = ["REQUEST_METHOD", "HTTP_RANGE", "HTTP_IF_RANGE"]
        return self.adding([("REQUEST_METHOD", "GET")], removing: left)
    }
}
