import Testing

extension ServerTests {
    /// The Hummingbird application on machines, behind their web servers with the files of `conf`.
    @Suite(.serialized, .onMachines) struct MachineHummingbirdTests {
        // The bytes of a stream pass each server in the same way, so one server is sufficient.
        private static let places = MachineRequirements.releases.flatMap { release in
            HummingbirdSite.deliveries.filter { !$0.streams || $0.server == .nginx }.map {
                Delivery(server: $0.server, streams: $0.streams, release: release)
            }
        }

        @Test("A Hummingbird application answers as it does behind the servers of this machine", arguments: places)
        func answers(_ delivery: Delivery) throws {
            try withLogs(of: MachineSite(delivery, .hummingbird)) { try HummingbirdChecks(client: $0.client).all() }
        }
    }
}
