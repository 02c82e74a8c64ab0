import Glibc

@testable import Sendfile

/// Both ways to open a path below a root: they agree, and neither leads out of it.
enum WallTarget {
    /// A tree that is created once, with links of every kind, and a link whose target libFuzzer selects.
    private struct Tree {
        let directory: String
        let walls: [(name: String, root: DocumentRoot)]
        /// The files inside, by inode.
        let inside: Set<UInt>

        init() {
            var template = Array("/tmp/fuzz-wall-XXXXXX".utf8CString)
            require(mkdtemp(&template) != nil, "mkdtemp")
            let directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            var inside: Set<UInt> = []
            func file(_ name: String) -> UInt {
                let descriptor = open("\(directory)/\(name)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
                var status = stat()
                require(descriptor >= 0 && fstat(descriptor, &status) == 0, "create \(name)")
                close(descriptor)
                return status.st_ino
            }
            for name in ["root", "root/a", "root/a/b", "root/a/b/c", "root/d", "out", "root_a"] {
                require(mkdir("\(directory)/\(name)", 0o755) == 0, "mkdir \(name)")
            }
            for name in ["root/f", "root/a/f", "root/a/b/f", "root/a/b/c/f", "root/d/f"] { inside.insert(file(name)) }
            for name in ["f", "out/f", "root_a/f"] { _ = file(name) }
            for (name, target) in [
                ("root/up", ".."), ("root/a/up", ".."), ("root/a/b/up", "../.."), ("root/a/b/out", "../../../out"),
                ("root/d/l", "../a/b"), ("root/d/a", "\(directory)/root/a"), ("root/x", "x"), ("root/y", "d/../y/../f"),
                ("root/d/s", "l/./c/"), ("root/d/p", "../root_a"), ("root/a/t", "up/up"), ("root/e", "nowhere"),
            ] {
                require(symlink(target, "\(directory)/\(name)") == 0, "symlink \(name)")
            }
            self.directory = directory
            self.inside = inside
            self.walls = Wall.allCases.map {
                ("\($0)", try! DocumentRoot(RootPath.path("\(directory)/root", from: .code), from: .code, wall: $0))
            }
        }
    }

    private static let tree = Tree()

    static func run(_ input: Input) {
        var input = input
        let tree = Self.tree
        // A short alphabet finds more paths than arbitrary bytes.
        let letters = [
            "a", "b", "c", "d", "f", "up", "out", "l", "s", "p", "t", "x", "y", "z", "..", ".", "/", "/", "root",
        ]
        func spell(_ line: [UInt8]) -> String { line.map { letters[Int($0) % letters.count] }.joined() }
        let target = spell(input.line())
        let link = "\(tree.directory)/root/a/z"
        unlink(link)
        _ = symlink(target, link)
        for text in [spell(input.line()), "a/z", "a/z/f", "a/z/a/f", input.text()] {
            guard let path = try? RelativePath(.text(text), below: tree.walls[0].root.configuredPath) else { continue }
            let inodes = tree.walls.flatMap { wall in
                [false, true].map { locating -> UInt? in
                    guard let file = try? wall.root.open(path, locating: locating).file else { return nil }
                    var status = stat()
                    fstat(file.descriptor.rawValue, &status)
                    return status.st_ino
                }
            }
            require(Set(inodes).count == 1, "\(text), z -> \(target): \(inodes)")
            if let inode = inodes[0] { require(tree.inside.contains(inode), "\(text), z -> \(target) leads out") }
        }
    }
}
