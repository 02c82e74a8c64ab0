// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that building the library never builds its fuzzer.
let package = Package(
    name: "Fuzzing",
    // Named, because the directory of a clone can have any name.
    dependencies: [.package(name: "swift-sendfile", path: "../..", traits: [])],
    targets: [
        .systemLibrary(name: "CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzzer",
                .product(name: "FastCGI", package: "swift-sendfile"),
                .product(name: "Sendfile", package: "swift-sendfile"),
                .product(name: "SignedLinks", package: "swift-sendfile"),
            ],
            swiftSettings: [.treatAllWarnings(as: .error)]
        ),
    ],
    swiftLanguageModes: [.v6]
)
