import SignedLinks
import SignedLinksCDN

/// Signed URLs made by botocore's CloudFrontSigner with new keys.
struct CloudFrontVector: Sendable, CustomStringConvertible {
    /// The kind of policy.
    enum Policy: Sendable {
        case canned
        /// For the folder `/films/7/*`, from a time, for a network.
        case folder
        /// For `http*://*/films/?/*.m3u8`, for an address.
        case pattern
    }

    let description: String
    let policy: Policy
    /// Path and query.
    let target: String

    /// The keys of the pairs, whose private keys are not kept.
    static let keys: [(id: String, pem: String)] = [
        (
            "Krsa",
            """
            -----BEGIN PUBLIC KEY-----
            MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwFnUQHP/HxC13HDePXsV
            NZdw7MmDKZD7BAkAb1McyI65Noe3I2LEpyY2NhpK4tVdkNls0ihYnby5oOyww8YX
            nG3Oiq74bgpBAszknvDCIKAkTy9aeH017+Lz1j3QpE08d5kY9TPqwM2trSWc+qHo
            W4XzVVyvN1BPkHLP05cSrdAGSWznHrrgHyLKpdea/VoDyoaL2HsYYl101ozoLvU1
            wVVi2ebyG5Im8wvtc1i+hwyh1+rTnNDvkRdA/SNQ7dg7TvcZYzg3cqq8RquTZpwM
            4fFbZ8Y+0QPc6ERlJ6AsdosIfvHJuEj1xIBijV2r4SQFFOpr9fk2mhMivdj0vkww
            zwIDAQAB
            -----END PUBLIC KEY-----
            """
        ),
        (
            "Kec",
            """
            -----BEGIN PUBLIC KEY-----
            MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/AnoMLdW89V0hVe36Xt8I/+X48N4
            GV3U7DkfZLaS9IYSs8QkwcQ+WENGPUWT6YctvMyzJIp4MY2gdlei3h9yOw==
            -----END PUBLIC KEY-----
            """
        ),
    ]

    /// The host of the signed URLs.
    static let url = "https://d111111abcdef8.cloudfront.net"

    /// `DateLessThan` of each policy.
    static let end = LinkTime(secondsSince1970: 1_780_003_600)

    static let all = [
        Self(
            description: "canned, RSA, SHA-1 by default", policy: .canned,
            target: "/films/7/index.m3u8?Expires=1780003600&Signature=lPP14rxbfLDDhv2YjF0HJiNSD2P~QsU0Ub5T~retOBYWEA5"
                + "RSNq8SvnZcUBy9K7A0DNlHWb0mcMDhoR1h4p3foWljoK5HSjB-4t018PSETc450V-B6D4YFOq6kZ1XJeixQh~s~vaSivMLtK"
                + "vUEr1XKDFuCmGgwcjdyVvAVuENtbSZU-97eV0yZTaZivMDFWF~utixGnYXVDc2KdkqMBRQiqeLzWyHRucD2T2D9NzYDWkVom"
                + "snfhDyBCFVypxwbJX~6HGLF4FXAzqWTO-C-Heaq8ZvABg1z294VeRmo3tuB-21MuL9ywftds8orpyQwxpxmyIX9TTXn1OYX1"
                + "Y5YFnuA__&Key-Pair-Id=Krsa"),
        Self(
            description: "canned, RSA, SHA1", policy: .canned,
            target: "/films/7/index.m3u8?Expires=1780003600&Signature=lPP14rxbfLDDhv2YjF0HJiNSD2P~QsU0Ub5T~retOBYWEA5"
                + "RSNq8SvnZcUBy9K7A0DNlHWb0mcMDhoR1h4p3foWljoK5HSjB-4t018PSETc450V-B6D4YFOq6kZ1XJeixQh~s~vaSivMLtK"
                + "vUEr1XKDFuCmGgwcjdyVvAVuENtbSZU-97eV0yZTaZivMDFWF~utixGnYXVDc2KdkqMBRQiqeLzWyHRucD2T2D9NzYDWkVom"
                + "snfhDyBCFVypxwbJX~6HGLF4FXAzqWTO-C-Heaq8ZvABg1z294VeRmo3tuB-21MuL9ywftds8orpyQwxpxmyIX9TTXn1OYX1"
                + "Y5YFnuA__&Key-Pair-Id=Krsa&Hash-Algorithm=SHA1"),
        Self(
            description: "canned, RSA, SHA256", policy: .canned,
            target: "/films/7/index.m3u8?Expires=1780003600&Signature=O-dy~1XU8V8yxe13hAh9ak~-6jDV-T1adkW2pc4ZyNBQcIJ"
                + "kfjKzRylybGPp0VgMP8oK6aFE0r1zbpnUW1jKee3GJk0mURCSkzKHCxxRqL~AvH~UIa24T3-cG1dLZfv4mr1xFO7ZmEjrJNd"
                + "zRO38U4TGXsLxij5Lm8J8AKORqV34L38XzO-7gGThIp-tLOXtL6UESFWRKe-77YbcUVJgrg4cDVcu6H64KDTFUxAuRSbFhvH"
                + "U93CxZIqtXd0k7VoYjP6kHOeBLkhD9CKNnWlToqzqj9UavH006rWXWLNIla-eadgaq887pKinNXZjrp2WipJSMMkFhddVnn9"
                + "qRYMC-Q__&Key-Pair-Id=Krsa&Hash-Algorithm=SHA256"),
        Self(
            description: "canned, RSA, SHA-1 by default, with a query of its own", policy: .canned,
            target: "/films/7/index.m3u8?size=large&x=1&Expires=1780003600&Signature=Raa4MutV0GJXeLJuAfvCIgrEMPE5vGGa"
                + "UoPa1h0M65g1h1nkMEtif9GkOfaOZMIPKHmZRU4tEZ4tQadkOKuOFaZJ4oXny2JrI1UU8EFPcvwpLvJ8ze1P0Pr904IueDGg"
                + "s1VUGc32KvHvsVeAW40RqDBSxVXKLP1s4hAO~Nmm~g9sbVOYaz4-Z8OLNG6zRm4Kdv1x8OQtY~xykJuKymw2-NSJQR94bIOZ"
                + "eyRTjiHGauQ3OnEEzCZkUybFqT~2NmHqFrroa9Jte2Zwci53TmeZ~UkZVfCrC~nMek38RkxGKL~JDUxxa6S-xhp1Z-6hjDYy"
                + "l~sec0amXKlr2wiR8Y4HQg__&Key-Pair-Id=Krsa"),
        Self(
            description: "custom, RSA, SHA-1 by default", policy: .folder,
            target: "/films/7/index.m3u8?Policy=eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiaHR0cHM6Ly9kMTExMTExYWJjZGVmOC5jb"
                + "G91ZGZyb250Lm5ldC9maWxtcy83LyoiLCJDb25kaXRpb24iOnsiRGF0ZUxlc3NUaGFuIjp7IkFXUzpFcG9jaFRpbWUiOjE3O"
                + "DAwMDM2MDB9LCJJcEFkZHJlc3MiOnsiQVdTOlNvdXJjZUlwIjoiMjAzLjAuMTEzLjAvMjQifSwiRGF0ZUdyZWF0ZXJUaGFuI"
                + "jp7IkFXUzpFcG9jaFRpbWUiOjE3ODAwMDAwMDB9fX1dfQ__&Signature=DG4zNGT1eAzpzb9RwS1quhsRsoo6-padj8RC5A"
                + "yQLuzmc6l8ymXadoQ3aW1IKr91jFQjf40xuss2ck~wnCDqkTKrurZ8~RL1ADoz7vuVxGZBBt2xIJIOZX6pajg7uZDMtX5HfK"
                + "~qOv5G8mTZUQSJUGCOkJd6T4-BUaDahhe39nmEf2X4tJIPxFLppDOJQBCuZeeS1CDDouu3cFJS97WW6U~zt2NM8-xPeXdW5P"
                + "jq56LS8UtGUH4a1-YN6LYG7W5UYZd9xyVJS34yg0~wwKIcl1gJzrY5F1EhnXsX2Xu9wtiFvQRGYEtYhNbLfmhJf-9WR2GQXJ"
                + "HNRBWK0eR~u7jgrg__&Key-Pair-Id=Krsa"),
        Self(
            description: "custom, RSA, SHA256", policy: .pattern,
            target: "/films/7/index.m3u8?Policy=eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiaHR0cCo6Ly8qL2ZpbG1zLz8vKi5tM3U4I"
                + "iwiQ29uZGl0aW9uIjp7IkRhdGVMZXNzVGhhbiI6eyJBV1M6RXBvY2hUaW1lIjoxNzgwMDAzNjAwfSwiSXBBZGRyZXNzIjp7I"
                + "kFXUzpTb3VyY2VJcCI6IjIwMy4wLjExMy45LzMyIn19fV19&Signature=QRJzirWW5SXqVj7LZC9rbKQnF1ECdjdpv8zwMf"
                + "pJlvJ20JxxBmv3kd4wD5wsBe~tkKt28H0cYvo3T6VPuf2BtAuD3oYhW8sZ7eADK3D0PlHdusqvs1h37BGctK1je~-Sp3qHXD"
                + "6dau4~KhoNSc~g5~0ciC7zw8fvQs2DPwT5M-lN~HCY1yOnk3XkZMm78b65AQjj7YG0hD0ywpeTM2-KvrRmWMQgJxlRNKpMbh"
                + "E7wiNBCirfkmzkZj6G8uURfxSnHKpXQ4u1nvqy3FrGScW-ha7AfAvUJarIgMv6zNDHtonI6sLkkTzOnfpNibnuB0k42Dc8li"
                + "G5K3F~4~CzTVqRGA__&Key-Pair-Id=Krsa&Hash-Algorithm=SHA256"),
        Self(
            description: "canned, ECDSA, SHA-1 by default", policy: .canned,
            target: "/films/7/index.m3u8?Expires=1780003600&Signature=MEUCIAkBuMXBhB2Wh1Gw3Bwdf~3ntjX9vn~HbBEuVudNDx2"
                + "eAiEAnHIgc04ccGAJ7Ue9ZIU-8cIVSpta9XSI4YcEGK~KkeM_&Key-Pair-Id=Kec"),
        Self(
            description: "canned, ECDSA, SHA1", policy: .canned,
            target: "/films/7/index.m3u8?Expires=1780003600&Signature=MEUCIQCYmhTMYPDygG6~Ag249h12Znl3D5cRoQXXiTXX6Nl"
                + "vuQIgR8GvmXTBdEwGoQEXbwIzN85RvtV8gjKeKr5tKhPL2FQ_&Key-Pair-Id=Kec&Hash-Algorithm=SHA1"),
        Self(
            description: "canned, ECDSA, SHA256", policy: .canned,
            target: "/films/7/index.m3u8?Expires=1780003600&Signature=MEYCIQCKxtF4-4rnVL~LLzbHIi3~llyf2HMzy9JYfbBg~hM"
                + "AbQIhAMVc08VucCW5SIuoDFr3vgl~E6vaAy9YG9XeohYgfOnh&Key-Pair-Id=Kec&Hash-Algorithm=SHA256"),
        Self(
            description: "canned, ECDSA, SHA-1 by default, with a query of its own", policy: .canned,
            target: "/films/7/index.m3u8?size=large&x=1&Expires=1780003600&Signature=MEYCIQCAp~m~Fcb7Fh-8TqC5gVcFNiNe"
                + "7oP4xFmSBsPw9hyZPAIhANss7XXlGBfeLCh~s91Dm2dfEpL3oKwlErQ6wKlxY2q0&Key-Pair-Id=Kec"),
        Self(
            description: "custom, ECDSA, SHA-1 by default", policy: .folder,
            target: "/films/7/index.m3u8?Policy=eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiaHR0cHM6Ly9kMTExMTExYWJjZGVmOC5jb"
                + "G91ZGZyb250Lm5ldC9maWxtcy83LyoiLCJDb25kaXRpb24iOnsiRGF0ZUxlc3NUaGFuIjp7IkFXUzpFcG9jaFRpbWUiOjE3O"
                + "DAwMDM2MDB9LCJJcEFkZHJlc3MiOnsiQVdTOlNvdXJjZUlwIjoiMjAzLjAuMTEzLjAvMjQifSwiRGF0ZUdyZWF0ZXJUaGFuI"
                + "jp7IkFXUzpFcG9jaFRpbWUiOjE3ODAwMDAwMDB9fX1dfQ__&Signature=MEQCIGHY4fUiAdSXqbOBAvAbrDOMdmQRcGPUZT"
                + "eJ~Y3xe9NCAiBFYZl4nZo-AouoQZTlvLjy7SdNdoUbHigS1ada9BUgDw__&Key-Pair-Id=Kec"),
        Self(
            description: "custom, ECDSA, SHA256", policy: .pattern,
            target: "/films/7/index.m3u8?Policy=eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiaHR0cCo6Ly8qL2ZpbG1zLz8vKi5tM3U4I"
                + "iwiQ29uZGl0aW9uIjp7IkRhdGVMZXNzVGhhbiI6eyJBV1M6RXBvY2hUaW1lIjoxNzgwMDAzNjAwfSwiSXBBZGRyZXNzIjp7I"
                + "kFXUzpTb3VyY2VJcCI6IjIwMy4wLjExMy45LzMyIn19fV19&Signature=MEYCIQDr7HjJnJiiiwMh7F~Z~WB56RqzkcgcBL"
                + "NHsbpkG0Fz4QIhAPyLLMJWRaoZ6hf-IRkaeufvuwachQdNSpVIZLVjSraq&Key-Pair-Id=Kec&Hash-Algorithm=SHA256"),
    ]
}
