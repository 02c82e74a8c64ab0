// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that building the library never builds its benchmarks.
let package = Package(
    name: "Benchmarks",
    // Named, because the directory of a clone can have any name.
    dependencies: [.package(name: "swift-sendfile", path: "../..", traits: [])],
    targets: [
        .executableTarget(
            name: "responder",
            dependencies: [
                .product(name: "FastCGI", package: "swift-sendfile"),
                .product(name: "Sendfile", package: "swift-sendfile"),
            ],
            swiftSettings: [.treatAllWarnings(as: .error)]
        )
    ],
    swiftLanguageModes: [.v6]
)
