package import SendfileBasics
import SystemPackage

/// A setting that has a name outside of code: the one table of these settings.
///
/// It determines how the settings are read, and the help of `sendfile-gate` and the table in the documentation are
/// generated from it.
package enum SendfileSetting: String, CaseIterable, Sendable {
    case root = "SENDFILE_ROOT"
    case backend = "SENDFILE_BACKEND"
    case url = "SENDFILE_URL"
    case mapping = "SENDFILE_MAPPING"

    /// The setting's row of the help text and of the documentation.
    package var description: SettingDescription {
        switch self {
        case .root:
            SettingDescription(
                self.rawValue, standard: "none", "absolute path of the directory that files are served from")
        case .backend:
            SettingDescription(
                self.rawValue, standard: "`stream`",
                "the sender of the bytes: \(BackendChoice.names.map { "`\($0)`" }.joined(separator: ", "))")
        case .url:
            SettingDescription(
                self.rawValue, standard: "`\(InternalURLPrefix.standard.encoded)`",
                "the web server's internal location, in nginx or for local redirects. Leading and trailing slashes are optional. "
                    + "`SCRIPT_NAME/protected/` is `/protected/` below the application's mount path")
        case .mapping:
            SettingDescription(
                self.rawValue, standard: "none",
                "internal locations of several directories: `/srv/a/=/files-a/, /srv/b/=/files-b/`. Of several "
                    + "matching directories, the longest counts. A `,`, `=` or `%` in a name is `%2C`, `%3D`, `%25`, and a space at its "
                    + "start or end is `%20`")
        }
    }

    /// The property of ``SendfileConfiguration`` that has the setting in code.
    package var property: String {
        switch self {
        case .root: "root"
        case .backend: "backend"
        case .url: "internalURLPrefix"
        case .mapping: "internalURLMapping"
        }
    }

    /// The setting's value in the process environment; `nil` if it is missing or empty.
    func value(in environment: some SettingsReader) -> String? {
        environment.setting(named: self.rawValue).flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// The origin of a setting's value.
enum SettingSource {
    case code
    case parameter
    case environment

    /// The setting's name in error messages.
    func name(of setting: SendfileSetting) -> String {
        switch (self, setting) {
        case (.code, .root): "the root given to Sendfile"
        case (.code, .backend): "the backend given to Sendfile"
        case (.code, .url): "the internal URL prefix given to Sendfile"
        case (.code, .mapping): "the internal URL mapping given to Sendfile"
        case (.parameter, _): "the FastCGI parameter \(setting.rawValue)"
        case (.environment, _): setting.rawValue
        }
    }
}

/// The settings in force: code overrides the web server's parameters, and these override the process environment.
///
/// The environment is read once. Only ``SendfileRequest/serverParameter(_:)`` is asked at request time, and only for what was
/// not given in code.
final class Settings: Sendable {
    /// A value, and whether a parameter may still replace it.
    private struct Layer<Value: Sendable>: Sendable {
        let value: Value?
        let isFixed: Bool
    }

    /// The maximum number of roots that are kept open for parameters: the path may contain a variable of the web server
    /// that clients control.
    private static let maximumOpenRoots = 64

    private let allowsSymbolicLinksInRoot: Bool
    private let wall: Wall
    private let root: Layer<DocumentRoot>
    private let backend: Layer<BackendChoice>
    private let prefix: Layer<InternalURLPrefix>
    private let mapping: Layer<InternalURLMapping>

    /// The backend of most requests, if neither it nor its URLs depend on the request.
    let usualBackend: ChosenBackend?
    private let hasUsual: Bool
    private let isUsualFixed: Bool

    /// The root of most requests.
    let usualRoot: DocumentRoot?

    /// The latest mapping from a parameter, and its text: a web server always sends the same one.
    private let mappingOfParameters = Locked<(text: String, mapping: InternalURLMapping)?>(nil)

    /// The roots from parameters, by their text. A root is opened without the lock, because its disk may block.
    private let rootsOfParameters = Locked<[String: DocumentRoot]>([:])

    /// Checks settings and opens the root.
    init(
        _ configuration: SendfileConfiguration, environment: some SettingsReader, allowsSymbolicLinksInRoot: Bool,
        wall: Wall
    ) throws(SendfileError) {
        let configuration = DevelopmentDelivery.applied(to: configuration)
        self.allowsSymbolicLinksInRoot = allowsSymbolicLinksInRoot
        self.wall = wall
        func open(_ path: FilePath, from source: SettingSource) throws(SendfileError) -> DocumentRoot {
            try DocumentRoot(path, from: source, allowsSymbolicLinks: allowsSymbolicLinksInRoot, wall: wall)
        }
        if let path = configuration.root {
            self.root = Layer(value: try open(path, from: .code), isFixed: true)
        } else if let path = SendfileSetting.root.value(in: environment) {
            self.root = Layer(
                value: try open(RootPath.path(path, from: .environment), from: .environment), isFixed: false)
        } else {
            self.root = Layer(value: nil, isFixed: false)
        }

        if let choice = configuration.backend {
            self.backend = Layer(value: choice, isFixed: true)
        } else if let name = SendfileSetting.backend.value(in: environment) {
            self.backend = Layer(value: try BackendChoice(name, from: .environment), isFixed: false)
        } else {
            self.backend = Layer(value: nil, isFixed: false)
        }

        if let text = configuration.internalURLPrefix {
            self.prefix = Layer(value: try InternalURLPrefix(text, from: .code), isFixed: true)
        } else if let text = SendfileSetting.url.value(in: environment) {
            self.prefix = Layer(value: try InternalURLPrefix(text, from: .environment), isFixed: false)
        } else {
            self.prefix = Layer(value: nil, isFixed: false)
        }

        if let mapping = configuration.internalURLMapping {
            self.mapping = Layer(value: mapping.isEmpty ? nil : try InternalURLMapping(mapping), isFixed: true)
        } else if let text = SendfileSetting.mapping.value(in: environment) {
            self.mapping = Layer(value: try InternalURLMapping(text, from: .environment), isFixed: false)
        } else {
            self.mapping = Layer(value: nil, isFixed: false)
        }

        self.usualRoot = self.root.value
        let choice = self.backend.value ?? .stream
        if choice.dependsOnRequest || self.mapping.value != nil || self.prefix.value?.isRelativeToScript == true {
            (self.usualBackend, self.hasUsual, self.isUsualFixed) = (nil, false, false)
        } else {
            let prefix = self.prefix.value
            self.usualBackend = try choice.backend(
                serverSoftware: { nil }, isFromFcgid: { false },
                url: { () throws(SendfileError) in
                    try InternalURL(prefix: prefix, mapping: nil, scriptName: { nil })
                }
            ).map { ChosenBackend($0) }
            self.hasUsual = true
            self.isUsualFixed =
                self.backend.isFixed && (self.prefix.isFixed && self.mapping.isFixed || !choice.hasURLs)
        }
    }

    /// Whether a request has the usual root, which then exists, and the usual backend.
    func areUsual(for request: some InspectedRequest) -> Bool {
        self.hasUsual && self.usualRoot != nil && (self.isUsualFixed && self.root.isFixed || !request.mayHaveSettings)
    }

    /// The root for a request.
    func root(for request: some InspectedRequest) throws(SendfileError) -> DocumentRoot {
        if self.root.isFixed, let root = self.root.value { return root }
        if let path = request.setting(.root) { return try self.root(ofParameter: path) }
        guard let root = self.root.value else {
            throw SendfileError(
                .missingRoot,
                "there is no root: pass one to Sendfile(root:), or set SENDFILE_ROOT to the absolute path of a directory, "
                    + "in the process environment or as a FastCGI parameter of the web server")
        }
        return root
    }

    /// The backend for a request; `nil` to stream.
    func backend(for request: some InspectedRequest) throws(SendfileError) -> ChosenBackend? {
        if self.hasUsual, self.isUsualFixed || !request.mayHaveSettings { return self.usualBackend }
        var choice = self.backend.value ?? .stream
        if !self.backend.isFixed, let name = request.setting(.backend) {
            choice = try BackendChoice(name, from: .parameter)
        }
        return try choice.backend(
            serverSoftware: { request.serverParameter("SERVER_SOFTWARE") },
            isFromFcgid: { request.isFromFcgid(serverSoftware: request.serverParameter("SERVER_SOFTWARE")) },
            url: { () throws(SendfileError) in
                var prefix = self.prefix.value
                if !self.prefix.isFixed, let text = request.setting(.url) {
                    prefix = try InternalURLPrefix(text, from: .parameter)
                }
                var mapping = self.mapping.value
                if !self.mapping.isFixed, let text = request.setting(.mapping) {
                    mapping = try self.mapping(ofParameter: text)
                }
                return try InternalURL(
                    prefix: prefix, mapping: mapping, scriptName: { request.serverParameter("SCRIPT_NAME") })
            }
        ).map { ChosenBackend($0) }
    }

    private func mapping(ofParameter text: String) throws(SendfileError) -> InternalURLMapping {
        try self.mappingOfParameters.withLock { last throws(SendfileError) in
            if let last, last.text == text { return last.mapping }
            let mapping = try InternalURLMapping(text, from: .parameter)
            last = (text, mapping)
            return mapping
        }
    }

    private func root(ofParameter path: String) throws(SendfileError) -> DocumentRoot {
        if let root = self.rootsOfParameters.withLock({ $0[path] }) { return root }
        let root = try DocumentRoot(
            RootPath.path(path, from: .parameter), from: .parameter,
            allowsSymbolicLinks: self.allowsSymbolicLinksInRoot, wall: self.wall)
        return self.rootsOfParameters.withLock { roots in
            // Another request may have opened it meanwhile.
            if let root = roots[path] { return root }
            if roots.count >= Self.maximumOpenRoots { roots.removeAll() }
            roots[path] = root
            return root
        }
    }
}

extension InspectedRequest {
    /// A setting that the web server's configuration made for this request; an empty one counts as none.
    fileprivate func setting(_ setting: SendfileSetting) -> String? {
        guard self.mayHaveSettings else { return nil }
        return self.serverParameter(setting.rawValue).flatMap { $0.isEmpty ? nil : $0 }
    }
}
