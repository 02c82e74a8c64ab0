import Testing

extension ServerTests {
    @Suite struct PathTraversalTests {
        /// Spellings of `../` in a URL. nginx and Apache refuse some of them as invalid before the program receives
        /// them.
        static let targets = [
            "/file/../secret.txt", "/file/../../secret.txt", "/file/../../../../../../etc/passwd",
            "/file/%2e%2e/secret.txt", "/file/%2E%2E/secret.txt", "/file/.%2e/secret.txt", "/file/%2e./secret.txt",
            "/file/..%2fsecret.txt", "/file/..%2Fsecret.txt", "/file/%2e%2e%2fsecret.txt",
            "/file/%252e%252e/secret.txt",
            "/file/%252e%252e%252fsecret.txt", "/file/..%252fsecret.txt", "/file/..%5csecret.txt",
            "/file/..\\secret.txt", "/file/..%c0%afsecret.txt", "/file/%c0%ae%c0%ae/secret.txt",
            "/file/%e0%80%ae%e0%80%ae/secret.txt", "/file/%u002e%u002e/secret.txt", "/file/..%00/secret.txt",
            "/file/....//secret.txt", "/file/..;/secret.txt", "/file/;/../secret.txt", "/file//../secret.txt",
            "/file//etc/passwd", "/file/%2fetc/passwd", "/file/team/../../secret.txt",
            "/file/team/%2e%2e/%2e%2e/secret.txt",
            "/file/link-out.txt", "/file/link-absolute.txt", "/file/link-directory/secret.txt",
            "/file/../files-secret.txt", "/protected/plain.txt", "/protected/../secret.txt", "/protected../secret.txt",
        ]

        @Test("No spelling of a URL leads out of the root", arguments: Delivery.allWithBothWalls, Self.targets)
        func target(_ delivery: Delivery, target: String) throws {
            try withSite(delivery) { site in
                let answer = try site.client.get(target)
                #expect([400, 404].contains(answer.status))
                #expect(!answer.text.contains(Corpus.secret))
                #expect(!answer.text.contains("content of"))
                #expect(!answer.text.contains("root:"))
            }
        }
    }
}
