import Glibc
import Logging
import Testing

@testable import FastCGI

/// Events that the phase of a connection does not allow.
@Suite struct ConnectionFaultTests {
    typealias Session = ConnectionStateTests.Session
    typealias State = ConnectionStateTests.State

    /// A connection in each phase. Request 1 has begun where a request is needed, so 2 is the next one.
    enum Phase: String, CaseIterable {
        case reading, handling, writing, waitingWriter, idle, lingering, dropping, closed

        var session: Session {
            var session = ConnectionStateTests.handling(.coming)
            switch self {
            case .handling: break
            case .writing: _ = session.answer(1)
            case .waitingWriter:
                _ = session.answer(1)
                _ = session.waitToWrite(9)
            case .idle, .reading:
                session = ConnectionStateTests.kept()
                if self == .reading { _ = session.report(.readable) }
            case .lingering, .dropping, .closed:
                _ = session.answer(1)
                _ = session.finish(isInStep: false)
                if self != .lingering { _ = session.report(.readable) }
                if self == .closed { _ = session.close() }
            }
            return session
        }

        /// The name in the description of a fault.
        var name: String {
            switch self {
            case .waitingWriter: "writing"
            case .dropping: "lingering"
            default: self.rawValue
            }
        }
    }

    /// Every event, and the phases that allow it. Reports and time limits are allowed in each phase.
    enum Event: String, CaseIterable {
        case pause, mayHaveMore, begin, beginAgain, beginLater, close, linger, suspend, suspendWhole, bodyEnded, abort
        case answer, answerWhole, finish, finishWhole, waitToRead, waitToWrite, dropped, watchFailed

        var phases: [Phase] {
            switch self {
            case .pause, .begin, .linger, .suspendWhole, .answerWhole, .finishWhole: [.reading]
            case .mayHaveMore: [.reading, .handling, .writing, .waitingWriter]
            // The body of a request is read before the request begins, too.
            case .bodyEnded, .abort: [.reading, .handling, .writing, .waitingWriter]
            case .close: [.reading, .dropping]
            case .finish, .waitToWrite: [.writing]
            case .dropped: [.dropping]
            case .watchFailed: [.handling, .writing, .waitingWriter, .idle, .lingering, .dropping]
            // A request that has not begun.
            case .beginAgain, .beginLater, .suspend, .answer, .waitToRead: []
            }
        }

        /// The name in the description of a fault.
        var name: String {
            switch self {
            case .beginAgain, .beginLater: "begin"
            case .suspendWhole: "suspend"
            case .answerWhole: "answer"
            default: self.rawValue
            }
        }

        func happens(to session: inout Session) -> ConnectionStateTests.Demand {
            switch self {
            case .pause: return session.pause()
            case .mayHaveMore: return session.mayHaveMore()
            case .begin: return session.begin(2)
            case .beginAgain: return session.begin(1)
            case .beginLater: return session.begin(3)
            case .close: return session.close()
            case .linger: return session.linger()
            case .suspend: return session.suspend(2)
            case .suspendWhole: return session.suspend(2, isWhole: true)
            case .bodyEnded: return session.endBody()
            case .abort: return session.abort()
            case .answer: return session.answer(2)
            case .answerWhole: return session.answer(2, isWhole: true)
            case .finish: return session.finish()
            case .finishWhole: return session.finishWhole(2)
            case .waitToRead: return session.waitToRead(7, of: 2)
            case .waitToWrite: return session.waitToWrite(7)
            case .dropped: return session.dropped(1)
            case .watchFailed:
                var action = State.Action()
                session.state.watchFailed(&action)
                return session.demand(action)
            }
        }
    }

    @Test(
        "An event that its phase does not allow is a fault, and breaks the connection off", arguments: Event.allCases)
    func fault(event: Event) {
        for phase in Phase.allCases {
            var session = phase.session
            let demand = event.happens(to: &session)
            guard !event.phases.contains(phase) else {
                #expect(demand.fault == nil, "\(event) while \(phase)")
                continue
            }
            #expect(demand.fault == "the event \(event.name) happened while \(phase.name)")
            #expect(!session.state.mayWrite && !demand.mayAnswer, "\(event) while \(phase)")
            // The holder closes the connection, so this event does not.
            #expect(demand.next == .nothing, "\(event) while \(phase)")
            #expect("\(session.state.phase.name)" == phase.name, "\(event)")
            // The descriptor of a closed connection may belong to another one. A connection that cannot be watched is not shut down.
            #expect(
                demand.shuts == (phase == .closed || event == .watchFailed ? nil : .both), "\(event) while \(phase)")
            #expect((demand.writer == 9) == (phase == .waitingWriter), "\(event)")
            // A task that was to wait continues, and finds the connection broken off.
            if event == .waitToRead || event == .waitToWrite {
                #expect(demand.readers == [7], "\(event) while \(phase)")
            }
        }
    }

    @Test("A fault ends every wait, and the holder closes the connection") func holderCloses() {
        var session = ConnectionStateTests.handling(.coming)
        #expect(session.waitToRead(1, of: 1) == .init())
        #expect(
            session.finish()
                == .init(
                    shuts: .both, cancels: 1, readers: [1], fault: "the event finish happened while handling"))
        #expect(session.answer(1) == .init(mayAnswer: true))
        #expect(session.finish(isComplete: false, keeps: false) == .init(.close))
    }

    /// Lets an event happen that its phase does not allow, on a new connection.
    ///
    /// - Returns: The connection, which its caller holds, and the other end of its socket.
    private static func connection(
        trapsOnFaults: Bool, log: LogLines = LogLines(), counters: ServerCounters = ServerCounters()
    ) throws -> (connection: Connection, peer: Int32) {
        let configuration = FastCGIServer.Configuration()
        let observer = ServerObserver(
            configuration: configuration, logger: Logger(label: "test") { _ in log.handler }, counters: counters)
        let server = try ServerCore(
            configuration: configuration, listeners: [], observer: observer, authorizer: nil,
            handler: { _ in Response() }, trapsOnFaults: trapsOnFaults)
        var sockets: [Int32] = [-1, -1]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &sockets)
        let connection = Connection(descriptor: sockets[0], isLocal: true, server: server)
        connection.happens {
            $0.finish(
                .init(isComplete: true, keeps: true, isInStep: true, hasBytes: false), .now, server.connectionLimits,
                isStopping: false)
        }
        return (connection, sockets[1])
    }

    @Test("A fault traps in a debug build") func trap() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try Self.connection(trapsOnFaults: true)
        }
        let lines = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(lines.contains("the event finish happened while reading"))
    }

    @Test("A fault is logged in a release build, and its connection is closed") func logged() throws {
        let log = LogLines()
        let counters = ServerCounters()
        let (connection, peer) = try Self.connection(trapsOnFaults: false, log: log, counters: counters)
        defer { Glibc.close(peer) }
        let line = "a connection is closed because of an error in this library: the event finish happened while reading"
        #expect(log.all.filter { $0.contains(line) }.count == 1)
        // The fault has shut the connection down, and its holder closes it.
        var byte: UInt8 = 0
        #expect(recv(peer, &byte, 1, Int32(MSG_DONTWAIT)) == 0)
        #expect(counters.statistics.openConnections == 1)
        connection.happens { $0.close() }
        #expect(counters.statistics.openConnections == 0)
        #expect(log.all.filter { $0.contains("error in this library") }.count == 1)
    }
}
