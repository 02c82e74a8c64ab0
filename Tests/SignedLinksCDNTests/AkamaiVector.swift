/// Tokens made by akamai-edgeauth, Akamai's library for Python.
struct AkamaiVector: Sendable, CustomStringConvertible {
    let algorithm: String
    let salt: String?
    let escaped: Bool
    /// The request's path, and its query without the token.
    let target: String
    let token: String

    var description: String { self.token }

    static let key = "0123456789abcdef00112233"

    static let all = [
        Self(
            algorithm: "sha256", salt: nil, escaped: false, target: "/films/7/index.m3u8",
            token: "exp=1780003600~acl=/films/7/*~hmac=8d7e938f8cd75c06e8d0e46118a1d8a2968c2156f25194edf42cfc0b95db7"
                + "04e"),
        Self(
            algorithm: "sha256", salt: nil, escaped: false, target: "/films/7/index.m3u8",
            token: "exp=1780003600~hmac=2d2448ab468671014f6b82d5f671bdd2dc82cd173906e7272bae77b282ec3522"),
        Self(
            algorithm: "sha1", salt: nil, escaped: false, target: "/films/7/index.m3u8",
            token: "exp=1780003600~acl=/films/7/*~hmac=7f3539bca2179ce59861c2b0d73e0f584751da34"),
        Self(
            algorithm: "sha1", salt: nil, escaped: false, target: "/films/7/index.m3u8",
            token: "exp=1780003600~hmac=05954eb91f8c435a50781110e3a879ad73b21701"),
        Self(
            algorithm: "md5", salt: nil, escaped: false, target: "/films/7/index.m3u8",
            token: "exp=1780003600~acl=/films/7/*~hmac=0edab10a56a3aec458a95d53b0f63fef"),
        Self(
            algorithm: "md5", salt: nil, escaped: false, target: "/films/7/index.m3u8",
            token: "exp=1780003600~hmac=0136726918a2917a458d40203a3948c6"),
        Self(
            algorithm: "sha256", salt: "salty", escaped: false, target: "/films/7/index.m3u8",
            token: "ip=203.0.113.9~st=1780000000~exp=1780003600~acl=/films/8/*!/films/?/*.m3u8~id=share-42~data=user"
                + "~hmac=7ee1f8f2c4a98f06a15721174251c61d79c18f718ebbaf16285c87c1065051f2"),
        Self(
            algorithm: "sha256", salt: nil, escaped: true, target: "/films/7/index.m3u8",
            token: "ip=2001%3adb8%3a%3a9~st=1780000000~exp=1780003600~acl=/films/7/*~id=a+session~data=user%3d1%26x~"
                + "hmac=5370c1b853314db680525c865d72dea4682d34a039b79035fab5ccdddb36fd9b"),
        Self(
            algorithm: "sha256", salt: "salty", escaped: true, target: "/films/7/a%20(1)!~.m3u8",
            token: "exp=1780003600~hmac=e10b18ea08912a2b90c37551691a5f3bc723669f5bf6e2630b77b7f4aabf86e6"),
        Self(
            algorithm: "sha256", salt: nil, escaped: false, target: "/films/7/index.m3u8?size=large",
            token: "exp=1780003600~hmac=6b8d48d551d9c03628ef167967f4d14139e6f2c2ff5ac52104098af507aab791"),
    ]
}
