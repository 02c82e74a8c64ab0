/// Names for files that people bring.
enum UploadName {
    /// The most bytes that Linux lets a name have.
    private static let limit = 255

    /// The name under which a file is kept: the one that it has, whatever script it is in.
    ///
    /// What stands before a slash is a folder, which some browsers add. `nil` if what is left cannot be a file's name.
    static func cleaned(_ name: [UInt8]) -> [UInt8]? {
        let last = Array(name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last ?? [])
        let isName = !last.isEmpty && last.count <= Self.limit && !last.contains(0)
        return isName && last != Array(".".utf8) && last != Array("..".utf8) ? last : nil
    }

    /// A number that is free, with the number before it taken: 1 if that is free.
    ///
    /// It takes about twice as many looks as the number has binary digits. Looking at one number after the other would take a client
    /// that brings thousands of files of one name millions of looks.
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

    /// The name with a number before its extension: `report (2).pdf`. The stem is shortened if it has to be.
    static func numbered(_ name: [UInt8], _ number: Int) -> [UInt8] {
        let dot = name.lastIndex(of: UInt8(ascii: ".")) ?? name.endIndex
        let isExtension = dot > name.startIndex && name.endIndex - dot <= 16
        let suffix = Array(" (\(number))".utf8) + (isExtension ? name[dot...] : [])
        var stem = isExtension ? name[..<dot] : name[...]
        stem = stem.prefix(Self.limit - suffix.count)
        // Not in the middle of a character.
        if stem.count < dot { while let byte = stem.last, byte & 0xC0 == 0x80 { stem.removeLast() } }
        if stem.count < dot, let byte = stem.last, byte >= 0xC0 { stem.removeLast() }
        return stem + suffix
    }
}
