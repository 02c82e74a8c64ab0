import FastCGI

/// The selection and the order of the files in a list.
struct FileSelection {
    /// The order of the files of a folder.
    enum Order: String, CaseIterable {
        case name, newest, largest

        var words: String {
            switch self {
            case .name: "Name"
            case .newest: "Newest"
            case .largest: "Largest"
            }
        }
    }

    /// The text that a file's name has to contain, in any case; empty for all files.
    let text: String
    let order: Order

    /// The selection in the query of a request.
    init(_ query: FormFields) {
        // Names are shorter.
        self.text = String((query["q"] ?? "").trimmingSpaces.prefix(255))
        self.order = query["sort"].flatMap(Order.init(rawValue:)) ?? .name
    }

    /// The selected files in order; the given files are ordered by name.
    func apply(to files: [LibraryFile]) -> [LibraryFile] {
        let text = self.text.lowercased()
        let selected = text.isEmpty ? files : files.filter { $0.displayName.lowercased().contains(text) }
        // Sorting is stable: equal files stay ordered by name.
        switch self.order {
        case .name: return selected
        case .newest: return selected.sorted { $0.modified > $1.modified }
        case .largest: return selected.sorted { $0.size > $1.size }
        }
    }

    /// The list with this selection in another order.
    func url(order: Order) -> LocalURL {
        self.text.isEmpty ? "/?sort=\(order.rawValue)" : "/?q=\(self.text)&sort=\(order.rawValue)"
    }
}

extension String {
    fileprivate var trimmingSpaces: Substring {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
