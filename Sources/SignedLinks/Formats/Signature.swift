import Crypto

/// Hash functions that sign links.
enum Signature {
    static func md5(_ parts: [[UInt8]]) -> [UInt8] {
        var hash = Insecure.MD5()
        for part in parts { hash.update(data: part) }
        return Array(hash.finalize())
    }

    static func hmac<Hash: HashFunction>(_: Hash.Type, _ message: [UInt8], key: LinkKey) -> [UInt8] {
        Array(HMAC<Hash>.authenticationCode(for: message, using: SymmetricKey(data: key.secret)))
    }
}
