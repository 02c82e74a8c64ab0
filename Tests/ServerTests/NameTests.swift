import Testing

extension ServerTests {
    @Suite struct NameTests {
        @Test("A file's name arrives as the client writes it", arguments: Delivery.all)
        func written(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                for (target, name): (String, FileName) in [
                    ("/file/100%2525.txt", "100%25.txt"), ("/file/100%25.txt", "100%.txt"),
                    ("/file/a%20b.txt", "a b.txt"), ("/file/a+b.txt", "a+b.txt"),
                    ("/file/%E6%97%A5%E6%9C%AC%E8%AA%9E.txt", "日本語.txt"), ("/file/a%22b.txt", "a\"b.txt"),
                    ("/file/a%3Fb.txt", "a?b.txt"), ("/file/team/report.txt", "team/report.txt"),
                    ("/file/link-inside.txt", "team/report.txt"), ("/file/plain.txt?attachment", "plain.txt"),
                ] {
                    let answer = try site.client.get(target)
                    #expect(answer.status == 200, "\(target)")
                    #expect(answer.body == Corpus.content(of: name), "\(target) gave \(answer.text)")
                }
            }
        }
    }
}
