import ObjectStorage

#if ObjectStorageClient
    import ObjectStorageClient
#endif

/// The HTTP client that fetches objects for the delivery `stream`.
///
/// It doubles the size of the program, and opens connections, which the units of `conf` deny. So it is built in only with the
/// trait ObjectStorageClient. The deliveries `server` and `redirect` need none.
enum StoreClient {
    /// The client; `nil` in a program that was built without one.
    static var transport: (any ObjectStoreTransport)? {
        #if ObjectStorageClient
            return ObjectStoreClient()
        #else
            return nil
        #endif
    }
}
