import HTTPTypes

/// The file whose bytes answer a request: the one that was asked for, or a compressed one beside it (RFC 9110 §3.2).
struct Representation {
    /// The path that was asked for: its name says the media type.
    let name: RelativePath

    /// The file that is sent.
    let file: OpenFile

    /// The path of the file that is sent. It has a location if a web server is to be told and somebody knows.
    let place: RelativePath

    /// The coding of a file that is sent in place of the one that was asked for.
    let coding: AcceptEncoding.Coding?
}

extension DocumentRoot {
    /// Opens a file.
    ///
    /// - Parameter locating: Whether a web server is to be told the name.
    func representation(of name: RelativePath, locating: Bool) throws(FileRefusal) -> Representation {
        let (file, place) = try self.open(name, locating: locating)
        return Representation(name: name, file: file, place: place, coding: nil)
    }

    /// Opens a file, and the best of the compressed ones beside it that a client accepts.
    ///
    /// - Parameters:
    ///   - acceptEncoding: The client's `Accept-Encoding`.
    ///   - locating: Whether a web server is to be told the name.
    ///   - report: Is told of a compressed file that is there and cannot be used.
    func representation(
        of name: RelativePath, _ acceptEncoding: String, locating: Bool, report: (RelativePath, FileRefusal) -> Void
    ) throws(FileRefusal) -> Representation {
        let original = try self.representation(of: name, locating: locating)
        for coding in AcceptEncoding(acceptEncoding).preferred {
            let path = name.appending(coding.suffix)
            do throws(FileRefusal) {
                let (neighbour, place) = try self.open(path, locating: locating)
                // An older one was made of an older original.
                guard !neighbour.isOlder(than: original.file) else { continue }
                return Representation(name: name, file: neighbour, place: place, coding: coding)
            } catch {
                if error.isAboutTheSystem { throw error }
                if error != .missing, error != .pathTooLong { report(path, error) }
            }
        }
        return original
    }
}

extension OpenFile {
    /// Whether the file was last changed before the other one was. A compressed file may have been given the time of its original without
    /// the nanoseconds (brotli before 1.1): then it is not.
    fileprivate func isOlder(than other: OpenFile) -> Bool {
        guard self.modificationTime == other.modificationTime else {
            return self.modificationTime < other.modificationTime
        }
        return self.modificationNanoseconds != 0 && self.modificationNanoseconds < other.modificationNanoseconds
    }
}
