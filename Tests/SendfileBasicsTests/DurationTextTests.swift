import SendfileBasics
import Testing

struct DurationTextTests {
    @Test(
        "A duration is a number with a unit",
        arguments: [
            ("30", Duration.seconds(30)), ("0", .zero), ("30s", .seconds(30)), ("1.5", .milliseconds(1500)),
            ("1.5s", .milliseconds(1500)), ("500ms", .milliseconds(500)), ("0.25ms", .microseconds(250)),
            ("5m", .seconds(300)), ("1.5m", .seconds(90)), ("1h", .seconds(3600)), ("7d", .seconds(604_800)),
            ("2w", .seconds(1_209_600)), ("0.000000001", .nanoseconds(1)), ("3162240000", .seconds(3_162_240_000)),
            ("36600d", .seconds(3_162_240_000)),
        ])
    func units(text: String, duration: Duration) {
        #expect(DurationText.duration(text) == duration)
    }

    @Test(
        "An invalid duration is refused",
        arguments: [
            "", "s", "ms", ".", ".5", "5.", "-1", "+1", "1e3", "nan", "inf", "1 s", " 1", "1s ", "1S", "1H", "1y",
            "1h30m",
            "0x10", "1,5", "3162240001", "36601d", "9999999999999999999", "99999999999999999999w", "1.0000000001", "１",
            "1..5", "1.5.5",
        ])
    func invalidText(text: String) {
        #expect(DurationText.duration(text) == nil)
    }

    @Test(
        "A duration is written in the format in which it is read",
        arguments: [
            (Duration.seconds(30), "30s"), (.seconds(3600), "3600s"), (.milliseconds(1500), "1.5s"),
            (.nanoseconds(1), "0.000000001s"),
            (.zero, "0s"),
        ])
    func text(duration: Duration, text: String) {
        #expect(DurationText.text(duration) == text)
        #expect(DurationText.duration(text) == duration)
    }
}
