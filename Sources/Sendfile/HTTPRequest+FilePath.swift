public import HTTPTypes
import SendfileBasics
public import SystemPackage

extension HTTPRequest {
    /// The path of the file that the request's URL names below a mount path, decoded once.
    ///
    /// ```swift
    /// let head = HTTPRequest(method: .get, scheme: "https", authority: "example.org", path: "/files/100%25.txt?page=2")
    /// let path = head.filePath(below: "/files/")  // 100%.txt
    /// ```
    ///
    /// Only one spelling of a name counts, because a web server in front may judge a URL by another one: no component is `.`, `..` or
    /// empty, and no component contains an encoded slash or a NUL. A name with dots inside, such as `a..b`, is an ordinary name.
    ///
    /// - Parameter mount: The path below which the files are, such as `/files/`; the slash at the end is optional.
    /// - Returns: The path relative to the root, or `nil` if the URL names no file below `mount`. Respond with 404 then.
    public func filePath(below mount: String = "/") -> FilePath? {
        guard let target = self.path?.utf8.prefix(while: { $0 != UInt8(ascii: "?") }),
            target.first == UInt8(ascii: "/")
        else { return nil }
        let mount = mount.utf8.last == UInt8(ascii: "/") ? mount.utf8.dropLast() : mount.utf8[...]
        guard target.starts(with: mount) else { return nil }
        let rest = target.dropFirst(mount.count)
        guard rest.first == UInt8(ascii: "/") else { return nil }
        var path: [UInt8] = []
        for component in PathComponent.all(of: rest.dropFirst()) {
            let name = PercentEncoding.decode(component)
            guard case .name = PathComponent(name), !name.contains(0), !name.contains(UInt8(ascii: "/")) else {
                return nil
            }
            if !path.isEmpty { path.append(UInt8(ascii: "/")) }
            path += name
        }
        return FilePath(platformString: path.map { CChar(bitPattern: $0) } + [0])
    }
}
