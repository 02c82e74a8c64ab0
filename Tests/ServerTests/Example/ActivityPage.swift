/// The page "Activity" of the example.
enum ActivityPage {
    /// The rows, as text.
    static func rows(_ page: String) -> [String] {
        page.split(separator: "<tr>").dropFirst(2).map { row in
            // The extension is an element of its own.
            row.replacing(/<[^>]*>/, with: " ")
                .split { $0 == " " || $0 == "\n" }.joined(separator: " ").replacing(" .", with: ".")
        }
    }
}
