/// Names of uploaded files.
enum UploadName {
    /// The maximum length of a file name on Linux, in bytes.
    private static let limit = 255

    /// The name under which a file is saved: the given name, in any script.
    ///
    /// Text before a slash is a folder, which some browsers add, and is removed. `nil` if the rest is not a valid file
    /// name.
    static func cleaned(_ name: [UInt8]) -> [UInt8]? {
        let last = Array(name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last ?? [])
        let isName = !last.isEmpty && last.count <= Self.limit && !last.contains(0)
        return isName && last != Array(".".utf8) && last != Array("..".utf8) ? last : nil
    }

    /// A free number whose predecessor is taken; 1 if that is free.
    ///
    /// The number of checks is about twice the number of binary digits of the result. With a linear search, a client
    /// that uploads thousands of files of one name would cause millions of checks.
    static func freeNumber(_ isTaken: (Int) -> Bool) -> Int {
        var taken = 0
        var free = 1
        while isTaken(free) { (taken, free) = (free, free * 2) }
        while free - taken > 1 {
            let middle = taken + (free - taken) / 2
            if isTaken(middle) { taken = middle } else { free = middle }
        }
        return free
    }

    /// The name with a number before its extension: `report (2).pdf`. The stem is shortened if necessary.
    static func numbered(_ name: [UInt8], _ number: Int) -> [UInt8] {
        let dot = name.lastIndex(of: UInt8(ascii: ".")) ?? name.endIndex
        let isExtension = dot > name.startIndex && name.endIndex - dot <= 16
        let suffix = Array(" (\(number))".utf8) + (isExtension ? name[dot...] : [])
        var stem = isExtension ? name[..<dot] : name[...]
        stem = stem.prefix(Self.limit - suffix.count)
        // Do not cut a character in half.
        if stem.count < dot { while let byte = stem.last, byte & 0xC0 == 0x80 { stem.removeLast() } }
        if stem.count < dot, let byte = stem.last, byte >= 0xC0 { stem.removeLast() }
        return stem + suffix
    }
}
