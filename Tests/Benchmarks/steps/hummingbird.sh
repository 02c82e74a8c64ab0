# One Hummingbird router behind nginx: over FastCGI, and on Hummingbird's own HTTP server.

# Its package is a separate one, so that the other scenarios need neither Hummingbird nor swift-nio. Its directory must not be named
# as one of its dependencies: SwiftPM would take one for the other.
build_router() {
    say "Building Hummingbird, which takes ten minutes the first time"
    build_swift "$here/Router" router && router=$built
}

start_routers() {
    launch router-fastcgi env "${swift_environment[@]}" FASTCGI_LISTEN="$directory/router-fastcgi.sock" "$router"
    launch router-http env "${swift_environment[@]}" ROUTER_LISTEN="$directory/router-http.sock" "$router" http
    await router-fastcgi "$directory/router-fastcgi.sock" /fixed
}

hummingbird() {
    local scenario round path length server scenarios=()
    # Only if it is asked for, because its build takes long.
    [ ${#only[@]} -gt 0 ] || return 0
    for scenario in hummingbird-fixed hummingbird-sendfile; do ! wanted $scenario || scenarios+=($scenario); done
    [ ${#scenarios[@]} -gt 0 ] || return 0
    build_router || return 1
    start_routers
    stop_nginx
    start_nginx nginx-hummingbird.conf router-fastcgi /fixed hummingbird || { say "nginx does not run: left out" && return 0; }
    await router-http --http --host router-http "127.0.0.1:$port" /fixed
    for scenario in "${scenarios[@]}"; do
        case $scenario in
        *-fixed) path=/fixed length=6 ;;
        *-sendfile) path=/sendfile/report.bin length=102400 ;;
        esac
        swift_workers "$scenario" "swift-$(nproc)"
        say "$scenario"
        for ((round = -1; round < rounds; round++)); do
            for server in router-fastcgi router-http; do
                local command=(ask $server "$seconds" --http --connections 16 --keep-alive --length $length
                    --host $server "127.0.0.1:$port" $path)
                if [ $round -lt 0 ]; then "${command[@]}" >/dev/null || true
                else turn "$scenario" "${server/router-fastcgi/swift}" "${command[@]}"; fi
            done
        done
        row "$scenario" rate router-http -
        row "$scenario" p99_us router-http -
        row "$scenario" cpu_us router-http "<= 1.3"
    done
}
