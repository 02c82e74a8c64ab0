import SendfileBasics
import Testing

struct PathComponentTests {
    @Test(
        "Each component has one kind",
        arguments: [
            ("", PathComponent.empty), (".", .current), ("..", .parent), ("...", .name), ("a", .name), (".a", .name),
            ("..a", .name), ("a.", .name), ("a..", .name), (" ", .name), ("\0", .name),
        ])
    func kinds(component: String, kind: PathComponent) {
        #expect(PathComponent(component.utf8) == kind)
    }

    @Test("The components of a path include empty ones") func emptyComponents() {
        let components = PathComponent.all(of: "/a//b/".utf8).map { String(decoding: $0, as: UTF8.self) }
        #expect(components == ["", "a", "", "b", ""])
        for path in ["a/../b", "..", "./a", "a/."] { #expect(PathComponent.hasDots(path.utf8), "\(path)") }
        for path in ["", "/", "a//b", "a.b/..c"] { #expect(!PathComponent.hasDots(path.utf8), "\(path)") }
    }
}
