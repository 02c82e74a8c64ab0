import SendfileBasics
import Testing

struct PathComponentTests {
    @Test(arguments: [
        ("", PathComponent.empty), (".", .current), ("..", .parent), ("...", .name), ("a", .name), (".a", .name),
        ("..a", .name), ("a.", .name), ("a..", .name), (" ", .name), ("\0", .name),
    ])
    func eachIsOfOneKind(component: String, kind: PathComponent) {
        #expect(PathComponent(component.utf8) == kind)
    }

    @Test func aPathHasEmptyComponentsToo() {
        let components = PathComponent.all(of: "/a//b/".utf8).map { String(decoding: $0, as: UTF8.self) }
        #expect(components == ["", "a", "", "b", ""])
        for path in ["a/../b", "..", "./a", "a/."] { #expect(PathComponent.hasDots(path.utf8), "\(path)") }
        for path in ["", "/", "a//b", "a.b/..c"] { #expect(!PathComponent.hasDots(path.utf8), "\(path)") }
    }
}
