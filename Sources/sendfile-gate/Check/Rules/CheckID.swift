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
        case .permissions: "the web server's user may enter each directory on the way to the file, and read the file"
        case .socket: "somebody listens on the program's socket, and the web server may connect (--socket)"
        case .link: "the gate takes a link made with these settings, and none that is expired or forged (gate only)"
        case .status: "GET is answered with 200"
        case .leak: "no answer, error or not, shows a client a sendfile header or a path on the disk"
        case .bytes: "the bytes that come are the file's, all of them"
        case .protected: "without the headers that were given, the file does not come"
        case .sender: "the web server sends the file and not the program (--program or --pid)"
        case .largeFile: "the same with megabytes (--program or --pid; with --write-test-files if the file is small)"
        case .range: "a part of the file can be asked for, so that players seek and broken downloads go on"
        case .head: "HEAD gives the fields of GET"
        case .revalidation: "what a client has already is not sent again (ETag, Last-Modified: 304)"
        case .methods: "POST is refused (not asked with --no-post)"
        case .compression: "the web server does not compress the file, which takes the ranges away"
        case .internal: "nginx's internal prefix is closed to clients, however they write it"
        case .public: "the file is not public at the usual URLs, beside the one that is protected"
        case .names: "a file with %, a space and Japanese in its name arrives (--write-test-files or --name)"
        case .clock: "the web server's clock agrees with this machine's, as links that expire need"
        }
    }
}
