/// Puts bytes one after the other into memory that somebody else owns.
///
/// A value lives only inside the closure of `unsafeUninitializedCapacity:` whose buffer it was made from. Nothing is written
/// beyond the buffer: who allocates says how much can come.
package struct ByteWriter {
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    /// The number of bytes written.
    package private(set) var count = 0

    package init(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        self.buffer = buffer
    }

    @inline(__always)
    package mutating func put(_ byte: UInt8) {
        precondition(self.count < self.buffer.count)
        self.buffer[self.count] = byte
        self.count += 1
    }

    @inline(__always)
    package mutating func put(_ text: StaticString) {
        self.put(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { self.put($0) }
    }

    package mutating func put(_ bytes: UnsafeRawBufferPointer) {
        bytes.withMemoryRebound(to: UInt8.self) { self.put($0) }
    }

    package mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
        precondition(bytes.count <= self.buffer.count - self.count)
        _ = UnsafeMutableBufferPointer(rebasing: self.buffer[self.count...]).update(fromContentsOf: bytes)
        self.count += bytes.count
    }
}
