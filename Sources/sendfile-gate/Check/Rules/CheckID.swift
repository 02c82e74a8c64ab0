/// A check, the subject of one line of the report.
enum CheckID: String, CaseIterable, Sendable {
    case limit
    case permissions
    case socket
    case clock
    case behind
    case link
    case status
    case leak
    case bytes
    case fields
    case protected
    case sender
    case largeFile = "large-file"
    case range
    case head
    case revalidation
    case clients
    case methods
    case compression
    case `internal`
    case `public`
    case names
    // A gate whose root is a bucket.
    case store
    case storeClock = "store-clock"
    case storeHead = "store-head"
    case storePublic = "store-public"
    case delivery
    case authorization

    /// The explanation for `--help`.
    var explanation: String {
        switch self {
        case .limit: "the web server does not limit the rate of the check's requests"
        case .permissions: "the web server's user can enter each directory and read the file"
        case .socket: "the program listens on its socket (--socket)"
        case .behind: "the web servers and programs behind the one that answers send the file, too"
        case .link: "a gate accepts valid links and refuses expired and forged ones"
        case .status: "GET is answered with 200"
        case .leak: "no response contains a sendfile header or a path on the disk"
        case .bytes: "the body contains exactly the file's bytes"
        case .fields: "the header fields of a gate's file arrive: private, with its name"
        case .protected: "the file is refused without the given headers, a signature, or the right password"
        case .sender: "the web server sends the file, not the program (--program, --pid)"
        case .largeFile: "the same for several megabytes (if the file is small: --write-test-files)"
        case .range: "byte ranges work: players can seek, and broken downloads can resume"
        case .head: "HEAD has the header fields of GET"
        case .revalidation: "an unchanged file is not sent again (304)"
        case .clients: "browsers and download programs get the file, too"
        case .methods: "POST is refused (skipped with --no-post)"
        case .compression: "the file is not compressed on the way, which would disable ranges"
        case .internal: "nginx's internal prefix is closed in every form of its URL"
        case .public: "the file is not available at another, public URL"
        case .names: "%, a space and Japanese in a name (--write-test-files, --name)"
        case .store: "the object store gives an object to a signed request (a gate whose root is a bucket)"
        case .storeClock: "the store's clock agrees with this machine's"
        case .storeHead: "the store permits HEAD as it permits GET"
        case .storePublic: "the store refuses requests without a signature"
        case .delivery: "the object arrives through the gate, or the client is redirected to it"
        case .authorization: "a client's Authorization does not reach the store"
        case .clock: "the web server's clock agrees with this machine's, for links"
        }
    }
}
