import HTTPTypes

/// The file whose bytes are sent for a request: the requested one, or a compressed variant (RFC 9110 §3.2).
struct Representation {
    /// The requested path, whose name determines the media type.
    let name: RelativePath

    /// The file that is sent.
    let file: OpenFile

    /// The path of the file that is sent, with a location if a web server needs it and it is known.
    let place: RelativePath

    /// The coding of a compressed variant; `nil` for the requested file itself.
    let coding: AcceptEncoding.Coding?
}

extension DocumentRoot {
    /// Opens a file.
    ///
    /// - Parameter locating: Whether a web server receives the name.
    func representation(of name: RelativePath, locating: Bool) throws(FileRefusal) -> Representation {
        let (file, place) = try self.open(name, locating: locating)
        return Representation(name: name, file: file, place: place, coding: nil)
    }

    /// Opens a file, or the best compressed variant that the client accepts.
    ///
    /// - Parameters:
    ///   - acceptEncoding: The client's `Accept-Encoding`.
    ///   - locating: Whether a web server receives the name.
    ///   - report: Called with a compressed variant that exists and cannot be used.
    func representation(
        of name: RelativePath, _ acceptEncoding: String, locating: Bool, report: (RelativePath, FileRefusal) -> Void
    ) throws(FileRefusal) -> Representation {
        let original = try self.representation(of: name, locating: locating)
        for coding in AcceptEncoding(acceptEncoding).preferred {
            let path = name.appending(coding.suffix)
            do throws(FileRefusal) {
                let (neighbour, place) = try self.open(path, locating: locating)
                // An older variant was made from an older original.
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
    /// Whether the file was modified before the other one. A compressed file may have its original's time without the
    /// nanoseconds (brotli before 1.1); then it does not count as older.
    fileprivate func isOlder(than other: OpenFile) -> Bool {
        guard self.modificationTime == other.modificationTime else {
            return self.modificationTime < other.modificationTime
        }
        return self.modificationNanoseconds != 0 && self.modificationNanoseconds < other.modificationNanoseconds
    }
}
