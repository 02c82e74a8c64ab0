import Glibc

/// Whether the tests, and with them the application under test, are built with a sanitizer, which multiplies memory.
enum Sanitizer {
    static let isPresent = (["__tsan_init", "__asan_init"] as [StaticString]).contains { name in
        name.withUTF8Buffer { name in
            name.withMemoryRebound(to: CChar.self) { dlsym(nil, $0.baseAddress!) != nil }
        }
    }
}
