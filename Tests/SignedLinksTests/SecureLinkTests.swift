import SignedLinks
import Testing

/// Links of nginx with other expressions than the default one, and formats with their own bindings.
@Suite struct SecureLinkTests {
    @Test("Only placeholders are replaced in an expression") func expression() throws {
        let format = LinkFormat.nginxSecureLink(
            expression: "{secret}|${uri}|$request_method $remote_user{|}$secure_link_expires|{secret}",
            signatureArgument: "st", expiresArgument: "e")
        let links = try SignedLinks(format: format, keys: [LinkKey(secret: "$uri{secret}")])
        let binding = LinkBinding(user: "{secret}", method: "$uri")
        // echo -n '$uri{secret}|/a.txt|$uri {secret}{|}1780003600|$uri{secret}' | openssl md5 -binary | openssl base64
        let link = "/a.txt?st=4Xsiu4et_uMpiNG2vNcFQQ&e=1780003600"
        #expect(try links.link(to: "a.txt", expires: expiry, binding: binding) == link)
        #expect(links.verify(link, at: expiry, binding: binding).statusCode == 200)
        #expect(
            links.verify(link, at: expiry, binding: LinkBinding(user: "x", method: "$uri"))
                == .invalid(.wrongSignature))
    }

    @Test(
        "An invalid expression is an error that does not show its other text",
        arguments: [
            ("$secure_link_expires$uri s3cr3t", "{secret}"), ("$secure_link_expires {secret} s3cr3t", "$uri"),
            ("$uri {secret} s3cr3t", "$secure_link_expires"),
            ("$secure_link_expires$uri$http_user_agent {secret} s3cr3t", "$http_user_agent"),
            ("$secure_link_expires$uri$arg_e {secret} s3cr3t", "$arg_e"),
            ("$secure_link_expires${uri {secret} s3cr3t", "${"), ("$secure_link_expires$uri$ {secret} s3cr3t", "$"),
            ("", "{secret}"),
        ])
    func badExpressions(_ expression: String, _ thing: String) {
        let format = LinkFormat.nginxSecureLink(expression: expression)
        let error = #expect(throws: SignedLinksError.self) { try SignedLinks(format: format, keys: [.test]) }
        #expect(error?.code == .invalidExpression)
        #expect(error?.description.contains(thing) == true)
        #expect(error?.description.contains("s3cr3t") == false)
    }

    @Test(
        "The two arguments need different, valid names",
        arguments: [("", "e"), ("md5", "a=b"), ("a&", "e"), ("x", "x")])
    func badArguments(_ signature: String, _ expires: String) {
        let format = LinkFormat.nginxSecureLink(
            expression: "$secure_link_expires$uri {secret}", signatureArgument: signature, expiresArgument: expires)
        let error = #expect(throws: SignedLinksError.self) { try SignedLinks(format: format, keys: [.test]) }
        #expect(error?.code == .invalidExpression)
    }

    @Test(
        "A binding that the format does not support is refused for new links and in verification",
        arguments: [
            LinkFormat.wsgiXSendfile, .nginxSecureLink, .modAuthToken, .lighttpdSecdownload(.md5),
            .lighttpdSecdownload(.hmacSHA1), .lighttpdSecdownload(.hmacSHA256),
        ])
    func unsupported(_ format: LinkFormat) throws {
        let links = try SignedLinks(format: format, keys: [.test])
        let link = try links.link(to: "a.txt", expires: expiry)
        let bindings = [
            (LinkBinding(clientAddress: "::1"), "client's address"), (LinkBinding(user: "a"), "user"),
            (LinkBinding(method: "GET"), "method"), (LinkBinding(version: "1"), "file's version"),
        ]
        for (binding, name) in bindings where format != .modAuthToken || binding.clientAddress == nil {
            #expect(links.verify(link, at: expiry, binding: binding) == .invalid(.unsupportedBinding(name)))
            let error = #expect(throws: SignedLinksError.self) {
                try links.link(to: "a.txt", expires: expiry, binding: binding)
            }
            #expect(error?.code == .invalidBinding)
        }
    }

    @Test("A link of mod_auth_token with an address is invalid without one, and conversely") func limitByIP() throws {
        let links = try SignedLinks(format: .modAuthToken, keys: [.test])
        let bound = LinkBinding(clientAddress: "203.0.113.9")
        let link = try links.link(to: "a.txt", expires: expiry, binding: bound)
        #expect(links.verify(link, at: expiry, binding: bound).statusCode == 200)
        #expect(links.verify(link, at: expiry) == .invalid(.wrongSignature))
        #expect(
            links.verify(link, at: expiry, binding: LinkBinding(clientAddress: "203.0.113.90"))
                == .invalid(.wrongSignature))
        // An unknown address is not the same as no binding.
        let free = try links.link(to: "a.txt", expires: expiry)
        #expect(
            links.verify(free, at: expiry, binding: LinkBinding(clientAddress: ""))
                == .invalid(.missingBinding("client's address")))
    }

    @Test("An expression with an address requires an address") func missing() throws {
        let format = LinkFormat.nginxSecureLink(expression: "$secure_link_expires$uri$remote_addr {secret}")
        let links = try SignedLinks(format: format, keys: [.test])
        #expect(
            links.verify("/a?md5=_e4Nc3iduzkWRm01TBBNYw&expires=1780003600", at: expiry)
                == .invalid(.missingBinding("client's address")))
        let error = #expect(throws: SignedLinksError.self) { try links.link(to: "a.txt", expires: expiry) }
        #expect(error?.code == .invalidBinding)
    }
}
