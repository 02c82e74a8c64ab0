/// Writes bytes one after another into memory that it does not own.
///
/// A value lives only inside the closure that was given its memory. Nothing is written beyond the buffer: the caller
/// that allocates it determines its size.
@usableFromInline package struct ByteWriter {
    @usableFromInline let buffer: UnsafeMutableBufferPointer<UInt8>
    /// The number of bytes written.
    @usableFromInline package var count = 0

    @inlinable package init(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        self.buffer = buffer
    }

    /// The bytes written.
    @inlinable package var written: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: self.buffer[..<self.count])
    }

    @inlinable @inline(__always)
    package mutating func put(_ byte: UInt8) {
        precondition(self.count < self.buffer.count)
        self.buffer[self.count] = byte
        self.count += 1
    }

    /// Appends `count` bytes, all of which `write` has to initialize.
    @inlinable @inline(__always)
    package mutating func put(_ count: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Void) {
        precondition(0 < count && count <= self.buffer.count - self.count)
        write(self.buffer.baseAddress! + self.count)
        self.count += count
    }

    /// Appends a literal; without the label it would be a `String`, whose bytes have to be found first.
    @inlinable @inline(__always)
    package mutating func put(static text: StaticString) {
        self.put(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Puts a number that is not negative in decimal digits, at most 19, without a string in between.
    package mutating func put(decimal number: Int64) {
        precondition(number >= 0)
        var digits = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        self.put(digits) { target in
            var rest = number
            for place in stride(from: digits - 1, through: 0, by: -1) {
                target[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
        }
    }

    package mutating func put(_ text: String) {
        // On Linux the bytes of every text are contiguous.
        if text.utf8.withContiguousStorageIfAvailable({ self.put($0) }) == nil {
            for byte in text.utf8 { self.put(byte) }
        }
    }

    package mutating func put(_ bytes: UnsafeRawBufferPointer) {
        bytes.withMemoryRebound(to: UInt8.self) { self.put($0) }
    }

    @inlinable @inline(__always)
    package mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
        precondition(bytes.count <= self.buffer.count - self.count)
        guard let source = bytes.baseAddress, let target = self.buffer.baseAddress else { return }
        (target + self.count).update(from: source, count: bytes.count)
        self.count += bytes.count
    }
}

extension [UInt8] {
    /// Appends the bytes that `write` writes, at most `capacity`.
    ///
    /// They are written on the stack and copied once: that is cheaper than appending them one by one, and than
    /// `init(unsafeUninitializedCapacity:)`, which looks up the type of its storage each time.
    @inlinable @inline(__always)
    package mutating func append(upTo capacity: Int, _ write: (inout ByteWriter) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { buffer in
            var writer = ByteWriter(buffer)
            write(&writer)
            self.append(contentsOf: writer.written)
        }
    }
}
