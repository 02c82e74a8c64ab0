import FastCGI
import ObjectStorage
import Sendfile
import SendfileBasics
import Testing

@testable import sendfile_gate

/// The tables of settings and numbers in the documentation are those of the code.
@Suite struct SettingTablesTests {
    private static func table(_ settings: [SettingDescription]) -> String {
        GeneratedSection.table(
            ["setting", "default", "meaning"],
            settings.map { ["`\($0.name)`", $0.standard, $0.meaning] })
    }

    private static func section(_ article: String, _ name: String) -> GeneratedSection {
        GeneratedSection(article: "Sources/\(article).md", name: name, filter: "SettingTables")
    }

    @Test("The table of the server's settings is that of the code") func server() throws {
        try Self.section("FastCGI/Documentation.docc/LimitsAndOperation", "settings").check(
            Self.table(ServerSetting.all.map(\.description)))
    }

    @Test("The table of Sendfile's settings is that of the code") func sendfile() throws {
        let rows = SendfileSetting.allCases.map { setting in
            [
                "`\(setting.rawValue)`", "`\(setting.property)`", setting.description.standard,
                setting.description.meaning,
            ]
        }
        try Self.section("Sendfile/Documentation.docc/HowDeliveryIsChosen", "settings").check(
            GeneratedSection.table(["setting", "in code", "default", "meaning"], rows))
    }

    @Test("The table of the object store's settings is that of the code") func objects() throws {
        let rows = ObjectSetting.allCases.map { setting in
            ["`\(setting.rawValue)`", setting.place, setting.description.standard, setting.description.meaning]
        }
        try Self.section("ObjectStorage/Documentation.docc/ServingObjects", "settings").check(
            GeneratedSection.table(["setting", "in code", "default", "meaning"], rows))
    }

    @Test("The table of the gate's own settings is that of the code") func gate() throws {
        try Self.section("SignedLinks/Documentation.docc/ReadyMadeGate", "settings").check(Self.table(Setting.own))
    }

    @Test("The table of the settings of CDNs is that of the code") func cdn() throws {
        try Self.section("SignedLinks/Documentation.docc/ReadyMadeGate", "cdn-settings").check(
            Self.table(CDNSettings.all))
    }

    @Test("The table of a bucket's settings is that of the code") func store() throws {
        try Self.section("SignedLinks/Documentation.docc/ReadyMadeGate", "store-settings").check(
            Self.table(Setting.store))
    }

    @Test("The table of numbers is that of the code") func numbers() throws {
        let rows = MetricName.allCases.map { name in
            [
                "`\(name.rawValue)\(name.label.map { "{\($0)}" } ?? "")`", name.instrument ?? "",
                String(name.help.dropLast()),
            ]
        }
        try Self.section("FastCGI/Documentation.docc/LimitsAndOperation", "numbers").check(
            GeneratedSection.table(["number", "swift-metrics", "meaning"], rows))
    }

    @Test("The help lists each setting once, with its default") func help() {
        for setting in Setting.all {
            let head = "  \(setting.name) (\(setting.standard.filter { $0 != "`" }))\n"
            #expect(Setting.table.components(head) == 1, "\(setting.name)")
        }
        #expect(Setting.all.count > 25)
    }
}

extension String {
    /// The number of times that a text occurs.
    fileprivate func components(_ text: String) -> Int { self.ranges(of: text).count }
}
