// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// A product that only the trait Hummingbird needs. Each use of these packages has the condition, so that a package that depends on
/// this one with `traits: []` resolves none of them.
func product(forHummingbird name: String, package: String) -> Target.Dependency {
    .product(name: name, package: package, condition: .when(traits: ["Hummingbird"]))
}

/// A product that only the trait ObjectStorageClient needs.
func product(forObjectStorageClient name: String, package: String) -> Target.Dependency {
    .product(name: name, package: package, condition: .when(traits: ["ObjectStorageClient"]))
}

let package = Package(
    name: "swift-sendfile",
    products: [
        .library(name: "FastCGI", targets: ["FastCGI"]),
        .library(name: "FastCGIHummingbird", targets: ["FastCGIHummingbird"]),
        .library(name: "FastCGIServiceLifecycle", targets: ["FastCGIServiceLifecycle"]),
        .library(name: "FastCGITesting", targets: ["FastCGITesting"]),
        .library(name: "GrantLedgerSQLite", targets: ["GrantLedgerSQLite"]),
        .library(name: "GrantLedgerValkey", targets: ["GrantLedgerValkey"]),
        .library(name: "ObjectStorage", targets: ["ObjectStorage"]),
        .library(name: "ObjectStorageClient", targets: ["ObjectStorageClient"]),
        .library(name: "Sendfile", targets: ["Sendfile"]),
        .library(name: "SendfileConfigReader", targets: ["SendfileConfigReader"]),
        .library(name: "SignedLinks", targets: ["SignedLinks"]),
        .library(name: "SignedLinksCDN", targets: ["SignedLinksCDN"]),
        .library(name: "SignedLinksHTTP", targets: ["SignedLinksHTTP"]),
        .executable(name: "sendfile-gate", targets: ["sendfile-gate"]),
    ],
    traits: [
        .trait(
            name: "Hummingbird", description: "The product FastCGIHummingbird, which needs Hummingbird and swift-nio."),
        .trait(
            name: "ObjectStorageClient",
            description: "The product ObjectStorageClient, which needs async-http-client and swift-nio."),
        .default(enabledTraits: ["Hummingbird", "ObjectStorageClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.5.0"),
        // Traits are off, so that swift-configuration brings FoundationEssentials, but not Foundation and ICU.
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.0.0", traits: []),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto.git", "3.12.3"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        // For the tests of a server with plain swift-nio.
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.34.1"),
        // Traits as its users have them, because a package is built with all traits that its users enable.
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.30.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.8.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin.git", from: "1.4.0"),
        // Runs curl for sendfile-gate check.
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.0", traits: []),
    ],
    targets: [
        // libfcgi. Debian: libfcgi-dev.
        .systemLibrary(name: "CFastCGI", pkgConfig: "fcgi", providers: [.apt(["libfcgi-dev"])]),
        // SQLite, only for GrantLedgerSQLite. Debian: libsqlite3-dev.
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        // System calls that Swift cannot spell: variadic ones, and constants that are macros with casts. Header only.
        .systemLibrary(name: "CLinux"),

        // Encodings, path components and the descriptions of settings, which several targets need. Not a product.
        .target(name: "SendfileBasics", swiftSettings: settings),
        // Reads JSON of other programs. Not a product.
        .target(name: "SendfileJSON", dependencies: ["SendfileBasics"], swiftSettings: settings),
        // Decides who gets which bytes. Knows HTTP and files; knows no sockets and no libfcgi.
        .target(
            name: "Sendfile",
            dependencies: [
                "CLinux", "SendfileBasics",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings
        ),
        // Runs handlers: libfcgi requests on a few threads, handlers in Swift concurrency.
        .target(
            name: "FastCGI",
            dependencies: [
                "CFastCGI", "CLinux", "Sendfile", "SendfileBasics",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Instrumentation", package: "swift-distributed-tracing"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings
        ),

        // Settings from swift-configuration. Its own product, because swift-configuration brings FoundationEssentials.
        .target(
            name: "SendfileConfigReader",
            dependencies: ["Sendfile", .product(name: "Configuration", package: "swift-configuration")],
            swiftSettings: settings
        ),
        // A server as a `Service`. Its own product, because swift-service-lifecycle brings swift-async-algorithms.
        .target(
            name: "FastCGIServiceLifecycle",
            dependencies: ["FastCGI", .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")],
            swiftSettings: settings
        ),

        // A Hummingbird router over FastCGI. Its own product, because Hummingbird brings swift-nio.
        .target(
            name: "FastCGIHummingbird",
            dependencies: [
                "FastCGI", "FastCGIServiceLifecycle", "Sendfile", "SendfileBasics",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                product(forHummingbird: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                product(forHummingbird: "NIOCore", package: "swift-nio"),
                product(forHummingbird: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),

        // Decides about objects in a store: signs their URLs, and says what fetches them.
        .target(
            name: "ObjectStorage",
            dependencies: [
                "Sendfile", "SendfileBasics",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),

        // Requests of a program to an object store. Its own product, because async-http-client brings swift-nio.
        .target(
            name: "ObjectStorageClient",
            dependencies: [
                "ObjectStorage", "Sendfile", .product(name: "HTTPTypes", package: "swift-http-types"),
                product(forObjectStorageClient: "AsyncHTTPClient", package: "async-http-client"),
                product(forObjectStorageClient: "NIOCore", package: "swift-nio"),
                product(forObjectStorageClient: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),

        // URLs that expire. Knows neither of the others.
        .target(
            name: "SignedLinks",
            dependencies: ["SendfileBasics", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings
        ),
        // The verdict about a link as a status, for programs that use swift-http-types.
        .target(
            name: "SignedLinksHTTP",
            dependencies: ["SignedLinks", .product(name: "HTTPTypes", package: "swift-http-types")],
            swiftSettings: settings
        ),
        // Signed URLs, cookies and tokens of CDNs. Its own product, because their signatures need RSA.
        .target(
            name: "SignedLinksCDN",
            dependencies: [
                "SendfileBasics", "SendfileJSON", "SignedLinks", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "_CryptoExtras", package: "swift-crypto"),
            ],
            swiftSettings: settings
        ),
        // Revocations and limits of grants in an SQLite file. Its own product, because it needs libsqlite3.
        .target(
            name: "GrantLedgerSQLite",
            dependencies: ["CSQLite", "SignedLinks"],
            swiftSettings: settings
        ),
        // The same in a Valkey or Redis server. It speaks the protocol itself: the names of hiredis's shared library differ between the releases of
        // Debian, and a program has to run on several.
        .target(
            name: "GrantLedgerValkey",
            dependencies: ["SendfileBasics", "SignedLinks", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings
        ),
        // For the tests of programs that use FastCGI: a handler called with a request, without a socket.
        .target(
            name: "FastCGITesting",
            dependencies: [
                "FastCGI", "Sendfile",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings
        ),
        // The ready-made program for sites in any language.
        .executableTarget(
            name: "sendfile-gate",
            dependencies: [
                "CLinux", "FastCGI", "GrantLedgerSQLite", "GrantLedgerValkey", "ObjectStorage", "Sendfile",
                "SendfileBasics", "SendfileJSON",
                "SignedLinks", "SignedLinksCDN",
                // Without this trait, the program has no HTTP client and half the size.
                .target(name: "ObjectStorageClient", condition: .when(traits: ["ObjectStorageClient"])),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings
        ),

        // Built as a new package builds its program, without the settings of this one.
        .executableTarget(
            name: "Hello", dependencies: ["FastCGI", "Sendfile"], path: "Examples/Hello",
            swiftSettings: [.treatAllWarnings(as: .error)]),
        .executableTarget(
            name: "ProtectedDownloads",
            dependencies: [
                "CLinux", "FastCGI", "ObjectStorage",
                // For DOWNLOADS_BUCKET.
                .target(name: "ObjectStorageClient", condition: .when(traits: ["ObjectStorageClient"])),
                "GrantLedgerSQLite", "Sendfile", "SignedLinks",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "_CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Examples/ProtectedDownloads",
            exclude: ["README.md", "Screenshots", "users"],
            swiftSettings: settings
        ),

        // A Hummingbird application behind a proxy: Sendfile without FastCGI.
        .executableTarget(
            name: "HummingbirdDownloads",
            dependencies: [
                "Sendfile", product(forHummingbird: "Hummingbird", package: "hummingbird"),
                product(forHummingbird: "NIOCore", package: "swift-nio"),
            ],
            path: "Examples/Hummingbird",
            swiftSettings: [.treatAllWarnings(as: .error)]),

        .testTarget(
            name: "SendfileTests",
            dependencies: [
                "CLinux", "Sendfile", "SendfileBasics", "SendfileConfigReader",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SignedLinksTests",
            dependencies: [
                "SendfileBasics", "SignedLinks", "SignedLinksHTTP", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SignedLinksCDNTests",
            dependencies: [
                "SendfileBasics", "SignedLinks", "SignedLinksCDN", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "_CryptoExtras", package: "swift-crypto"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "GrantLedgerTests", dependencies: ["GrantLedgerSQLite", "GrantLedgerValkey", "SignedLinks"],
            swiftSettings: settings),
        .testTarget(
            name: "ObjectStorageTests",
            dependencies: [
                "FastCGI", "ObjectStorage", "Sendfile", "SendfileBasics",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "SendfileBasicsTests", dependencies: ["SendfileBasics"], swiftSettings: settings),
        .testTarget(
            name: "FastCGITests",
            dependencies: [
                "FastCGI", "FastCGIServiceLifecycle", "FastCGITesting", "Sendfile",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings
        ),

        .testTarget(
            name: "FastCGIHummingbirdTests",
            dependencies: [
                "CLinux", "FastCGI", "FastCGIHummingbird", "FastCGITesting", "Sendfile",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                product(forHummingbird: "Hummingbird", package: "hummingbird"),
                product(forHummingbird: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                product(forHummingbird: "NIOConcurrencyHelpers", package: "swift-nio"),
                product(forHummingbird: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings
        ),

        // The application that ServerTests puts behind real web servers, and the tests.
        .executableTarget(
            name: "test-application",
            dependencies: [
                "FastCGI", "FastCGIServiceLifecycle", "Sendfile",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/ServerTests/Application",
            swiftSettings: settings
        ),
        // Serves objects of a store to ServerTests.
        .executableTarget(
            name: "object-application",
            dependencies: [
                "FastCGI", "ObjectStorage", "ObjectStorageClient", "Sendfile",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/ServerTests/ObjectApplication",
            swiftSettings: settings
        ),
        // A Hummingbird application that ServerTests puts behind real web servers.
        .executableTarget(
            name: "hummingbird-application",
            dependencies: [
                "FastCGIHummingbird", "Sendfile", product(forHummingbird: "Hummingbird", package: "hummingbird"),
                product(forHummingbird: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/ServerTests/HummingbirdApplication",
            swiftSettings: settings
        ),
        // Servers that speak HTTP: one of the article about them, and one with Hummingbird's FileMiddleware to compare with.
        .executableTarget(
            name: "test-plain-nio",
            dependencies: [
                "Sendfile",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                product(forHummingbird: "NIOCore", package: "swift-nio"),
                product(forHummingbird: "NIOHTTP1", package: "swift-nio"),
                product(forHummingbird: "NIOHTTPTypes", package: "swift-nio-extras"),
                product(forHummingbird: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                product(forHummingbird: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/ServerTests/PlainNIO",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "test-file-middleware",
            dependencies: [product(forHummingbird: "Hummingbird", package: "hummingbird")],
            path: "Tests/ServerTests/FileMiddleware",
            swiftSettings: settings
        ),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "FastCGI", "FastCGITesting", "GrantLedgerSQLite", "GrantLedgerValkey", "Hello", "HummingbirdDownloads",
                "ObjectStorage",
                "ObjectStorageClient",
                "Sendfile",
                "SendfileBasics", "SendfileJSON",
                "SignedLinks", "SignedLinksCDN", "SignedLinksHTTP", "ProtectedDownloads", "hummingbird-application",
                "object-application", "sendfile-gate", "test-application", "test-file-middleware", "test-plain-nio",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: [
                "Application", "FileMiddleware", "HummingbirdApplication", "PlainNIO", "Machines/boot",
                "Gate/CDN/cdn-links", "Machines/in-group", "Machines/make-root",
                "Machines/run-tests", "Migration/Sites", "ObjectApplication", "Objects/ceph-radosgw",
                "Objects/failing-store", "Objects/openstack-swift", "Objects/resolver",
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
