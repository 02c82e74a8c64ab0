import FastCGI
import Sendfile

/// The place of the teams' files: the folders below a root, or a bucket of an object store.
protocol FileStorage: Sendable {
    /// The files of a team in alphabetical order; empty if there are none.
    func files(of team: String) async throws -> [LibraryFile]

    /// The file at an address, if the list contains it.
    func file(_ address: FileAddress) async throws -> LibraryFile

    /// The beginning of a file that the list contains.
    ///
    /// - Parameter limit: The maximum number of bytes.
    /// - Returns: The bytes, and whether they are the whole file.
    func beginning(of address: FileAddress, limit: Int) async throws -> (bytes: [UInt8], isWhole: Bool)

    /// The response with a file, as a download or for display.
    func response(
        to request: Request, _ address: FileAddress, isAttachment: Bool, _ options: SendfileOptions
    ) async throws -> Response

    /// Begins to receive the files of a form.
    func upload(for team: String) -> any FileUpload
}

/// The files of one form, while they arrive and when they have arrived. They are removed if the form fails.
protocol FileUpload: AnyObject {
    /// The number of files received.
    var count: Int { get }

    /// Receives a file.
    ///
    /// - Parameters:
    ///   - name: The name that the file gets if it is free; otherwise, a number is added.
    ///   - nextChunk: Returns the next bytes, and `nil` at the end.
    func receive(_ name: [UInt8], nextChunk: () async throws -> ArraySlice<UInt8>?) async throws

    /// Makes all files visible, or none.
    func publish() async throws -> [FileAddress]

    /// Removes all files, published or not.
    func withdraw() async
}
