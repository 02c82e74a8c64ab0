// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that the other benchmarks are built without Hummingbird and swift-nio.
let package = Package(
    name: "HummingbirdBenchmark",
    dependencies: [
        .package(name: "swift-sendfile", path: "../../..", traits: ["Hummingbird"]),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0"),
    ],
    targets: [
        .executableTarget(
            name: "router",
            dependencies: [
                .product(name: "FastCGIHummingbird", package: "swift-sendfile"),
                .product(name: "Sendfile", package: "swift-sendfile"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            swiftSettings: [.treatAllWarnings(as: .error)]
        )
    ],
    swiftLanguageModes: [.v6]
)
