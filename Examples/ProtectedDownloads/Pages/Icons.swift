import FastCGI

/// Drawings in the text's colour. They are hidden from screen readers, because the adjacent text says the same.
enum Icons {
    static let brand = Self.drawing(
        """
        <path d="M12 3 5 6v5.2c0 4.4 2.9 8.1 7 9.8 4.1-1.7 7-5.4 7-9.8V6z"/><path d="M12 8.5v6m-2.8-2.6L12 14.7l2.8-2.8"/>
        """)

    static let download = Self.drawing(
        """
        <path d="M12 4.5v10m-4.2-4 4.2 4.2 4.2-4.2M5 19.5h14"/>
        """)

    static let key = Self.drawing(
        """
        <circle cx="8.5" cy="15.5" r="4"/><path d="m11.5 12.5 8-8m-3.2 3.2 2.6 2.6"/>
        """)

    static let search = Self.drawing("<circle cx=\"10.5\" cy=\"10.5\" r=\"6\"/><path d=\"m15 15 5 5\"/>")

    static let add = Self.drawing("<path d=\"M12 5v14M5 12h14\"/>")

    static let back = Self.drawing("<path d=\"M19 12H5m5.5-6L4.5 12l6 6\"/>")

    static let clock = Self.drawing("<circle cx=\"12\" cy=\"12\" r=\"8\"/><path d=\"M12 7.5V12l3 2\"/>")

    static let link = Self.drawing(
        """
        <path d="M10.5 13.5a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1.2 1.2"/><path d="M13.5 10.5a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 \
        0 5.7 5.7l1.2-1.2"/>
        """)

    static let folder = Self.drawing(
        """
        <path d="M3.5 18V6.5A1.5 1.5 0 0 1 5 5h4l2 2.5h8A1.5 1.5 0 0 1 20.5 9v9a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 18z"/>
        """)

    static func of(_ kind: FileKind) -> HTML {
        switch kind {
        case .document:
            Self.drawing(
                """
                <path d="M6 3.5h8l4.5 4.5v12a.5.5 0 0 1-.5.5H6a.5.5 0 0 1-.5-.5V4a.5.5 0 0 1 .5-.5z"/><path d="M14 3.5V8h4.5M8.5 \
                12.5h7m-7 4h5"/>
                """)
        case .image:
            Self.drawing(
                """
                <rect x="3.5" y="4.5" width="17" height="15" rx="2"/><circle cx="8.5" cy="9.5" r="1.5"/><path d="m4 17 \
                4.5-4 3 2.5 4-4.5 5 5"/>
                """)
        case .text: Self.drawing("<path d=\"M5 6h14M5 10.5h14M5 15h14M5 19.5h8\"/>")
        case .table:
            Self.drawing(
                """
                <rect x="3.5" y="4.5" width="17" height="15" rx="2"/><path d="M3.5 9.5h17m-17 5h17m-11.5-10v15"/>
                """)
        case .archive:
            Self.drawing(
                """
                <path d="M4 8.5h16V19a.5.5 0 0 1-.5.5h-15A.5.5 0 0 1 4 19zM3.5 4.5h17v4h-17zM10 12.5h4"/>
                """)
        case .audio:
            Self.drawing(
                """
                <circle cx="7" cy="17" r="2.5"/><circle cx="17" cy="15.5" r="2.5"/><path d="M9.5 17V6.5l10-2v11"/>
                """)
        case .video:
            Self.drawing(
                """
                <rect x="3.5" y="5" width="17" height="14" rx="2"/><path d="m10 9 5 3-5 3z"/>
                """)
        case .disk:
            Self.drawing(
                """
                <path d="M5.5 5h13l2.5 8v5.5a.5.5 0 0 1-.5.5h-17a.5.5 0 0 1-.5-.5V13zM3 13h18M16.5 16h1"/>
                """)
        case .other:
            Self.drawing(
                """
                <path d="M6 3.5h8l4.5 4.5v12a.5.5 0 0 1-.5.5H6a.5.5 0 0 1-.5-.5V4a.5.5 0 0 1 .5-.5z"/><path d="M14 3.5V8h4.5"/>
                """)
        }
    }

    private static func drawing(_ shapes: HTML) -> HTML {
        """
        <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" \
        stroke-linejoin="round" aria-hidden="true">\(shapes)</svg>
        """
    }
}
