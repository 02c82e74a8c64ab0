import Crypto
import SendfileBasics

extension SignedLinks {
    /// A proof that its maker has a key: an authentication code of a text, in hexadecimal digits.
    ///
    /// Its message begins with a label of its own, so a proof is never the signature of a link.
    package struct Proof: Sendable, Equatable {
        package let keyID: String
        package let code: String
    }

    /// The proofs of each key for a text, the key that signs links first.
    package func proofs(of text: String) -> [Proof] {
        self.keys.map { key in
            let message = Array("sendfile-gate-check-v1\0\(text)\0".utf8)
            return Proof(
                keyID: key.id, code: Hexadecimal.encode(Signature.hmac(SHA256.self, message, key: key)))
        }
    }

    /// The proof of this text that has this code; `nil` if no key makes it. Codes are compared in constant time.
    package func proof(of text: String, code: String) -> Proof? {
        self.proofs(of: text).first { ByteComparison.areEqual(Array($0.code.utf8), Array(code.utf8)) }
    }
}
