/// A check: what a line of the report is about.
enum CheckID: String, CaseIterable, Sendable {
    case permissions
    case socket
    case clock
    case link
    case status
    case leak
    case bytes
    case protected
    case sender
    case largeFile = "large-file"
    case range
    case head
    case revalidation
    case methods
    case compression
    case `internal`
    case `public`
    case names

    /// What is checked, for `--help`.
    var explanation: String {
        switch self {
        case .permissions: "the web server's user may enter each directory and read the file"
        case .socket: "somebody listens on the program's socket (--socket)"
        case .link: "a gate takes good links, and none that is expired or forged"
        case .status: "GET is answered with 200"
        case .leak: "no answer shows a client a sendfile header or a path on the disk"
        case .bytes: "the bytes that come are the file's, all of them"
        case .protected: "without the given headers, a signature, or the right password, the file does not come"
        case .sender: "the web server sends the file, not the program (--program, --pid)"
        case .largeFile: "the same with megabytes (if the file is small: --write-test-files)"
        case .range: "parts can be asked for: players seek, broken downloads go on"
        case .head: "HEAD gives the fields of GET"
        case .revalidation: "what a client has already is not sent again (304)"
        case .methods: "POST is refused (not asked with --no-post)"
        case .compression: "the file is not compressed on its way, which would take ranges away"
        case .internal: "nginx's internal prefix is closed, however a client writes it"
        case .public: "the file is not to be had at another, public URL"
        case .names: "%, a space and Japanese in a name (--write-test-files, --name)"
        case .clock: "the web server's clock agrees with this machine's, for links"
        }
    }
}
