import Glibc
import Testing

@testable import Sendfile

struct HTTPDateTests {
    @Test(
        "A date is written in the preferred form",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
            (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ]) func preferredForm(seconds: Int64, text: String)
    {
        #expect(HTTPDate(seconds: seconds).text == text)
    }

    @Test(
        "A year without four digits is not written",
        arguments: [-62_167_219_201, 253_402_300_800, Int64.max, Int64.min + 1])
    func otherYears(seconds: Int64) {
        #expect(HTTPDate(seconds: seconds).text == nil)
    }

    @Test("The text is that of the C library for every day of four centuries") func everyDay() {
        var mismatches = 0
        for day in stride(from: Int64(-73_000), to: 73_000, by: 1) {
            let seconds = day * 86_400 + (day &* 7919 % 86_400 + 86_400) % 86_400
            var time = time_t(seconds)
            var parts = tm()
            gmtime_r(&time, &parts)
            let expected = [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
                count = buffer.withMemoryRebound(to: CChar.self) {
                    strftime($0.baseAddress!, 64, "%a, %d %b %Y %H:%M:%S GMT", &parts)
                }
            }
            let text = HTTPDate(seconds: seconds).text
            if text != String(decoding: expected, as: UTF8.self) { mismatches += 1 }
            if text.flatMap({ HTTPDate($0) })?.seconds != seconds { mismatches += 1 }
        }
        #expect(mismatches == 0)
    }

    @Test(
        "A date in any of the three forms is parsed",
        arguments: [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun Nov 06 08:49:37 1994",
        ]) func forms(text: String)
    {
        #expect(HTTPDate(text, now: 1_700_000_000)?.seconds == 784_111_777)
    }

    /// RFC 9110 §5.6.7: more than 50 years in the future is the past.
    @Test(
        "A year of two digits is at most 50 years in the future",
        arguments: [
            ("Tuesday, 01-Jan-30 00:00:00 GMT", 1_893_456_000),
            ("Friday, 01-Jan-76 00:00:00 GMT", 189_302_400),
            ("Wednesday, 01-Jan-75 00:00:00 GMT", 3_313_526_400),
            ("Saturday, 01-Jan-00 00:00:00 GMT", 946_684_800),
        ]) func century(text: String, seconds: Int64)
    {
        // 2025-06-01.
        #expect(HTTPDate(text, now: 1_748_736_000)?.seconds == seconds)
    }

    @Test(
        "An invalid date is refused",
        arguments: [
            "", " ", "0", "now", "Sun", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Xyz, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 19941 08:49:37 GMT",
            "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
            "\"2ebc98a1-a\"", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun Nov 6 08:49:37 94", "Sun Nov 6 08:49:37",
            "١٢, 06 Nov 1994 08:49:37 GMT", "Mon, 29 Feb 2100 00:00:00 GMT", "999999999999999999999999",
        ]) func invalidText(text: String)
    {
        #expect(HTTPDate(text) == nil)
    }
}
