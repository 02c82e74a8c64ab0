#if ObjectStorageClient
    import FastCGI
    import ObjectStorage
    import ObjectStorageClient
    import Sendfile

    /// The files in a bucket of an object store: each key is a team, a slash and a name.
    struct ObjectLibrary: FileStorage {
        private let store: ObjectStore

        init(_ bucket: Settings.Bucket) throws {
            self.store = try ObjectStore(
                .s3(
                    endpoint: bucket.endpoint, bucket: bucket.name, region: bucket.region,
                    credentials: bucket.credentials),
                transport: ObjectStoreClient())
        }

        func files(of team: String) async throws -> [LibraryFile] {
            try await self.store.objects(beginningWith: "\(team)/").compactMap { object in
                FileAddress(objectKey: object.key).map {
                    LibraryFile(address: $0, size: object.size, modified: object.modified)
                }
            }.ordered
        }

        func file(_ address: FileAddress) async throws -> LibraryFile {
            let object = try await self.object(address)
            return LibraryFile(
                address: address, size: object.size, modified: object.modified,
                origin: "\(object.etag) \(object.modified)")
        }

        /// The object of an address: of the keys that begin with a key, it is the first.
        private func object(_ address: FileAddress) async throws -> ListedObject {
            let key = address.objectKey
            guard FileAddress(objectKey: key) == address,
                let object = try await self.store.objects(beginningWith: key, limit: 1).first, object.key == key
            else { throw SiteError.notFound }
            return object
        }

        func beginning(of address: FileAddress, limit: Int) async throws -> (bytes: [UInt8], isWhole: Bool) {
            do {
                return try await self.store.beginning(of: address.objectKey, limit: limit)
            } catch let error as ObjectStoreError where error.code == .missing {
                throw SiteError.notFound
            }
        }

        func response(
            to request: Request, _ address: FileAddress, isAttachment: Bool, _ options: SendfileOptions
        ) async throws -> Response {
            let object = try await self.object(address)
            return try await self.store(
                request, object.key, options,
                attachment: isAttachment ? .attachment(named: address.displayName) : .inline,
                knowledge: .known(size: object.size, etag: object.etag, modified: object.modified))
        }

        func upload(for team: String) -> any FileUpload { ObjectUpload(store: self.store, team: team) }
    }

    extension FileAddress {
        /// The key of the file's object. Keys are text, and names are bytes: a byte that is not of UTF-8, and the percent sign itself, are
        /// percent-encoded.
        var objectKey: String {
            let name =
                self.isUTF8
                ? String(decoding: self.name, as: UTF8.self).replacing("%", with: "%25")
                : self.name.map {
                    $0 < 0x80 && $0 != UInt8(ascii: "%") ? String(UnicodeScalar($0)) : "%\(Hexadecimal.encode([$0]))"
                }.joined()
            return "\(self.team)/\(name)"
        }

        /// The address of an object; `nil` for an object that this site did not make.
        init?(objectKey: String) {
            let parts = objectKey.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty else { return nil }
            self.init(
                team: String(decoding: parts[0], as: UTF8.self),
                name: PercentText.decode(String(decoding: parts[1], as: UTF8.self)))
            guard self.objectKey == objectKey, !self.name.contains(0), !self.name.contains(UInt8(ascii: "/")) else {
                return nil
            }
        }
    }
#endif
