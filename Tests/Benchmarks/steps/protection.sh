# The cost of protection: a file of 100 KB through nginx, for every client, with nginx's own secure_link, with a decision of the
# Swift program for each request, and with a C program that sends it to every client.

# The link of /links/report.bin that nginx and the program accept, without its path.
link_query() {
    local expires=4102444800 sum
    sum=$(printf '%s' "$expires/links/report.bin benchmark" | md5sum | cut -c 1-32)
    printf 'expires=%s&md5=%s\n' "$expires" "$(printf "$(sed 's/../\\x&/g' <<<"$sum")" | base64 | tr '+/' '-_' | tr -d '=\n')"
}

# protected SITE: a round of load against one of nginx's sites, with the CPU time of nginx and the site's program together.
protected() {
    "$load" --pid "${pids[nginx]}" --with "${pids[$([ "$1" = c-8 ] && echo c-8 || echo "$swift")]}" --seconds "$2" "${http_options[@]}" --host "$1" "127.0.0.1:$port" \
        "/links/report.bin?$(link_query)"
}

# A site must refuse a link that was changed, or its rate is not that of a protected file.
refuses() {
    "$load" --show --http --host "$1" --status 403 "127.0.0.1:$port" "/links/report.bin?$(link_query)x" >/dev/null
}

protection() {
    local round site swift sites=(accel auth_request secure_link nginx c-8)
    wanted protection || return 0
    swift=swift-$(workers | tail -n 1)
    start_swift "${swift#swift-}"
    start_c 8
    stop_nginx
    start_nginx nginx-protection.conf nginx /links/report.bin "$swift" || { say "nginx does not run: left out" && return 0; }
    for site in "${sites[@]:0:3}"; do refuses "$site" || { failed=yes && say "$site serves a link that was changed" && return 0; }; done
    for site in accel auth_request; do swift_workers "protection-$site" "$swift"; done
    say "protection, Swift with ${swift#swift-} workers"
    for ((round = -1; round < rounds; round++)); do
        for site in "${sites[@]}"; do
            if [ $round -lt 0 ]; then protected "$site" "$warm_up" >/dev/null || true
            elif [ "$site" = accel ] || [ "$site" = auth_request ]; then turn "protection-$site" swift protected "$site" "$seconds"
            else turn protection "$site" protected "$site" "$seconds"; fi
        done
    done
    # The same rounds of nginx are the peers of both.
    local peers
    peers=$(grep -P '^protection\t' "$results" || true)
    for site in accel auth_request; do
        [ -z "$peers" ] || sed "s/^protection\t/protection-$site\t/" <<<"$peers" >>"$results"
        row "protection-$site" rate secure_link ">= 0.75"
        row "protection-$site" rate nginx -
        row "protection-$site" p99_us secure_link -
        row "protection-$site" cpu_us secure_link -
        row "protection-$site" cpu_us nginx -
        row "protection-$site" rate c-8 -
        row "protection-$site" cpu_us c-8 -
    done
}
