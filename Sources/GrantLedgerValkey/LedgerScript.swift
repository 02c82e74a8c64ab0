import SignedLinks

/// A script that the server runs as one command, with its keys.
struct LedgerScript {
    let text: String

    /// All keys have one hash tag, so that a cluster keeps them together.
    static let everything = "{sendfile-grants}:revoked-before"
    static let ids = "{sendfile-grants}:ids"

    /// A hash: `revoked`, `uses`, `most`, `expires`.
    static func grant(_ id: String) -> String { "{sendfile-grants}:grant:\(id)" }
    /// A sorted set: the clients whose uses may run, with the begin.
    static func clients(_ id: String) -> String { "{sendfile-grants}:clients:\(id)" }
    /// A list: the uses, the newest first.
    static func uses(_ id: String) -> String { "{sendfile-grants}:uses:\(id)" }

    /// The rules of `GrantUse`.
    static let use = LedgerScript(
        text: """
            local now, start, limit, issued, expires = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5])
            local client, entry, begins, id, kept, after = ARGV[6], ARGV[7], ARGV[8], ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11])
            if redis.call('HEXISTS', KEYS[2], 'revoked') == 1 then return 'revoked' end
            local before = redis.call('GET', KEYS[1])
            if before and (issued == '' or tonumber(issued) < tonumber(before)) then return 'revoked' end
            if id == '' then return 'permitted' end
            local begin = redis.call('ZSCORE', KEYS[3], client)
            if begin and tonumber(begin) > start then return 'permitted' end
            local uses = tonumber(redis.call('HGET', KEYS[2], 'uses') or '0')
            if limit ~= '' and uses >= tonumber(limit) then return 'usedUp' end
            if begins == '0' then return 'permitted' end
            redis.call('HSET', KEYS[2], 'uses', uses + 1)
            if limit == '' then redis.call('HDEL', KEYS[2], 'most') else redis.call('HSET', KEYS[2], 'most', limit) end
            redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[2])
            redis.call('ZADD', KEYS[3], now, client)
            redis.call('LPUSH', KEYS[4], entry)
            if limit == '' then
                redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -kept - 1)
                redis.call('LTRIM', KEYS[4], 0, kept - 1)
            end
            -- Until the year 9999, which the server can express in milliseconds.
            expires = math.min(math.max(tonumber(redis.call('HGET', KEYS[2], 'expires') or '0'), expires), 253402300799)
            redis.call('HSET', KEYS[2], 'expires', string.format('%.0f', expires))
            local last = string.format('%.0f', expires + after)
            for number = 2, 4 do redis.call('EXPIREAT', KEYS[number], last) end
            redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', '(' .. now)
            redis.call('ZADD', KEYS[5], last, id)
            return 'permitted'
            """)

    static let revoke = LedgerScript(
        text: """
            if redis.call('HSETNX', KEYS[1], 'revoked', ARGV[1]) == 1 then redis.call('PERSIST', KEYS[1]) end
            redis.call('ZADD', KEYS[2], '+inf', ARGV[2])
            return 'revoked'
            """)

    static let revokeAll = LedgerScript(
        text: """
            local before = redis.call('GET', KEYS[1])
            if not before or tonumber(before) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
            return 'revoked'
            """)

    /// The keys and arguments of a use.
    static func parts(_ use: GrantUse) -> (keys: [String], values: [[UInt8]]) {
        let id = use.id ?? ""
        let client = Array(use.client.utf8)
        // The numbers tell where the client ends, whose name may contain anything.
        let entry = Array("\(use.time) \(client.count) ".utf8) + client + use.file.utf8
        let values = [
            use.time.description, use.windowStart.description, use.limit?.description ?? "",
            use.issued?.description ?? "", use.expires.description,
        ].map { Array($0.utf8) }
        let others = [
            use.begins ? "1" : "0", id, "\(GrantUse.mostKept)", "\(GrantUse.keptAfterExpiry.components.seconds)",
        ]
        return (
            [Self.everything, Self.grant(id), Self.clients(id), Self.uses(id), Self.ids],
            values + [client, entry] + others.map { Array($0.utf8) }
        )
    }

    /// Reads an entry of the list of uses; `nil` for anything else.
    static func use(_ entry: [UInt8]) -> GrantRecord.Use? {
        let parts = entry.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let begin = Int64(String(decoding: parts[0], as: UTF8.self)),
            let count = Int(String(decoding: parts[1], as: UTF8.self)), (0...parts[2].count).contains(count)
        else { return nil }
        return GrantRecord.Use(
            begin: LinkTime(secondsSince1970: begin), client: String(decoding: parts[2].prefix(count), as: UTF8.self),
            file: String(decoding: parts[2].dropFirst(count), as: UTF8.self))
    }
}
