/// Draws the samples of a soak as an SVG picture: one panel for each figure, over the time.
struct SoakPlot {
    private struct Panel {
        let title: String
        let digits: Int
        let values: [Double]
    }

    private static let width = 720.0
    private static let height = 110.0
    private static let left = 70.0

    private let panels: [Panel]
    private let times: [Double]

    init(_ samples: [SoakRecord.Sample]) {
        self.times = samples.map(\.seconds)
        func panel(_ title: String, _ digits: Int, _ value: (SoakRecord.Sample) -> Double) -> Panel {
            Panel(title: title, digits: digits, values: samples.map(value))
        }
        self.panels = [
            panel("memory of the program, MiB", 1) { Double($0.memory) / 1_048_576 },
            panel("of its own, MiB", 1) { Double($0.privateMemory) / 1_048_576 },
            panel("open files", 0) { Double($0.openFiles) }, panel("threads", 0) { Double($0.threads) },
            panel("requests per second", 0, \.rate), panel("latency, median, ms", 1, \.median),
            panel("latency, 99th percentile, ms", 1, \.p99), panel("lost requests", 0) { Double($0.lost) },
        ]
    }

    var svg: String {
        let step = Self.height + 50
        let total = step * Double(self.panels.count) + 20
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Self.width + Self.left + 20) \(total)\" "
                + "font-family=\"sans-serif\" font-size=\"13\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
        ]
        for (index, panel) in self.panels.enumerated() {
            lines += self.draw(panel, top: step * Double(index) + 30)
        }
        return (lines + ["</svg>", ""]).joined(separator: "\n")
    }

    private func draw(_ panel: Panel, top: Double) -> [String] {
        let largest = max(panel.values.max() ?? 0, 1)
        let end = max(self.times.last ?? 1, 1)
        let points = zip(self.times, panel.values).map { time, value in
            let x = Self.left + time / end * Self.width
            let y = top + Self.height - value / largest * Self.height
            return "\(String(fixed: x, digits: 1)),\(String(fixed: y, digits: 1))"
        }
        let bottom = top + Self.height
        return [
            "<text x=\"\(Self.left)\" y=\"\(top - 8)\" font-weight=\"bold\">\(panel.title)</text>",
            "<path d=\"M\(Self.left) \(top)V\(bottom)H\(Self.left + Self.width)\" fill=\"none\" stroke=\"#999\"/>",
            "<text x=\"\(Self.left - 6)\" y=\"\(top + 12)\" text-anchor=\"end\">"
                + "\(String(fixed: largest, digits: panel.digits))</text>",
            "<text x=\"\(Self.left - 6)\" y=\"\(bottom)\" text-anchor=\"end\">0</text>",
            "<text x=\"\(Self.left + Self.width)\" y=\"\(bottom + 15)\" text-anchor=\"end\">"
                + "\(String(fixed: end / 60, digits: 1)) min</text>",
            "<polyline points=\"\(points.joined(separator: " "))\" fill=\"none\" stroke=\"#0a58ca\" stroke-width=\"1.5\"/>",
        ]
    }
}
