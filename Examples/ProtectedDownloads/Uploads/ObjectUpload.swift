#if ObjectStorageClient
    import ObjectStorage

    /// The files of a form that go to an object store as they arrive. A file is visible when it is complete, because a store cannot rename
    /// objects; those of a form that fails are removed again.
    final class ObjectUpload: FileUpload {
        private let store: ObjectStore
        private let team: String
        private var addresses: [FileAddress] = []

        init(store: ObjectStore, team: String) {
            (self.store, self.team) = (store, team)
        }

        var count: Int { self.addresses.count }

        func receive(_ name: [UInt8], nextChunk: () async throws -> ArraySlice<UInt8>?) async throws {
            let taken = Set(try await self.store.objects(beginningWith: "\(self.team)/").map(\.key))
            func address(_ number: Int) -> FileAddress {
                FileAddress(team: self.team, name: number == 1 ? name : UploadName.numbered(name, number))
            }
            let free = address(UploadName.freeNumber { taken.contains(address($0).objectKey) })
            // A file that takes the name meanwhile is not replaced; this upload fails then.
            try await self.store.put(free.objectKey, isReplacing: false) { try await nextChunk().map(Array.init) }
            self.addresses.append(free)
        }

        func publish() async throws -> [FileAddress] { self.addresses }

        func withdraw() async {
            let (store, keys) = (self.store, self.addresses.map(\.objectKey))
            self.addresses = []
            // The client may have gone away, which cancels this task.
            await Task { for key in keys { try? await store.delete(key) } }.value
        }
    }
#endif
