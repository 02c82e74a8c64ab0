// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that no build of the library builds Hummingbird's tests. The script `run` creates the directories of the targets:
// they contain symbolic links to the files of Hummingbird's tests and to the harness.
let package = Package(
    name: "HummingbirdSuites",
    dependencies: [
        .package(name: "swift-sendfile", path: "../..", traits: ["Hummingbird"]),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
    ],
    targets: [
        .testTarget(
            name: "HummingbirdTests",
            dependencies: [
                .product(name: "FastCGIHummingbird", package: "swift-sendfile"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdRouter", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "Instrumentation", package: "swift-distributed-tracing"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            path: ".build-suites/HummingbirdTests"
        ),
        .testTarget(
            name: "HummingbirdRouterTests",
            dependencies: [
                .product(name: "FastCGIHummingbird", package: "swift-sendfile"),
                .product(name: "HummingbirdRouter", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            path: ".build-suites/HummingbirdRouterTests"
        ),
    ],
    swiftLanguageModes: [.v6]
)
