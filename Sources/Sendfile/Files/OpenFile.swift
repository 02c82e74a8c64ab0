public import SystemPackage

/// A regular file that is open for reading, and what was seen when it was opened.
///
/// What was checked is what is described and sent: size and time come from the descriptor, not from the name. The descriptor
/// belongs to this object, which closes it; whoever uses ``descriptor`` keeps the object alive meanwhile.
public final class OpenFile: Sendable {
    /// The open descriptor. Its file offset is not used: read at explicit offsets.
    public let descriptor: FileDescriptor

    /// The size in bytes when the file was opened.
    public let size: Int64

    /// The time of the last change of content, in whole seconds since 1970.
    public let modificationTime: Int64

    /// Takes over an open descriptor.
    package init(descriptor: FileDescriptor, size: Int64, modificationTime: Int64) {
        self.descriptor = descriptor
        self.size = size
        self.modificationTime = modificationTime
    }

    deinit {
        try? self.descriptor.close()
    }
}
