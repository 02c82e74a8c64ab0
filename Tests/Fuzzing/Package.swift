// swift-tools-version: 6.2

import PackageDescription

/// The settings of the files of executables, which no product contains: links to them are in a target of this package. They use
/// declarations with package access, so they are compiled as files of the package above. Its name is that of its directory.
let directory = Context.packageDirectory.split(separator: "/").dropLast(2).last.map(String.init) ?? ""
let packageName = directory.lowercased().map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-package-name", packageName]),
]

// A package of its own, so that building the library never builds its fuzzer.
let package = Package(
    name: "Fuzzing",
    dependencies: [
        // Named, because the directory of a clone can have any name.
        .package(name: "swift-sendfile", path: "../..", traits: []),
        // In the versions of the package above.
        .package(url: "https://github.com/apple/swift-crypto.git", "3.12.3"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.5.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.0", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CFuzzer"),
        // The readers of sendfile-gate.
        .target(
            name: "GateReaders",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "FastCGI", package: "swift-sendfile"),
                .product(name: "GrantLedgerSQLite", package: "swift-sendfile"),
                .product(name: "GrantLedgerValkey", package: "swift-sendfile"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ObjectStorage", package: "swift-sendfile"),
                .product(name: "Sendfile", package: "swift-sendfile"),
                .product(name: "SignedLinks", package: "swift-sendfile"),
                .product(name: "SignedLinksCDN", package: "swift-sendfile"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            packageAccess: false,
            swiftSettings: settings
        ),
        // The readers of the example.
        .target(name: "ExampleReaders", swiftSettings: settings),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzzer", "ExampleReaders", "GateReaders",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "FastCGI", package: "swift-sendfile"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ObjectStorage", package: "swift-sendfile"),
                .product(name: "Sendfile", package: "swift-sendfile"),
                .product(name: "SignedLinks", package: "swift-sendfile"),
                .product(name: "SignedLinksCDN", package: "swift-sendfile"),
            ],
            swiftSettings: [.treatAllWarnings(as: .error)]
        ),
    ],
    swiftLanguageModes: [.v6]
)
