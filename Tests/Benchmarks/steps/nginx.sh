# A file of 100 KB through nginx, which each program in turn asks for it.

http_options=(--http --connections 16 --keep-alive --length 102400)

# start_nginx TEMPLATE HOST PATH PROGRAM…: with the template's sites of each program. It runs when HOST answers to PATH.
#
# The port is free when it is chosen; if it is in use when nginx opens it, another one is tried.
start_nginx() {
    local program nginx attempt template=$1 host=$2 path=$3
    shift 3
    nginx=$(PATH=$PATH:/usr/sbin type -P nginx) || return 1
    for attempt in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 10000))
        for program in "$@"; do
            [ "$program" = django ] || fill_in "$here/peers/$template" "$program" >"$directory/nginx-$program.conf"
        done
        fill_in "$here/peers/nginx.conf" >"$directory/nginx.conf"
        launch nginx "$nginx" -p "$directory" -e "$directory/nginx.log" -c "$directory/nginx.conf"
        ! await nginx --http --host "$host" "127.0.0.1:$port" "$path" || {
            [[ $versions = *nginx* ]] || versions+=", $("$nginx" -v 2>&1 | sed 's/.*: //; s|/| |')"
            return 0
        }
    done
    return 1
}

through_nginx() {
    local programs=() program round threads swift all=(c-4 c-8 c-16)
    wanted nginx || return 0
    for threads in 4 8 16; do start_c "$threads"; done
    for threads in $(workers); do start_swift "$threads" && all+=("swift-$threads"); done
    for program in php go django; do
        if start_$program; then programs+=("$program"); else
            say "$program is not installed: left out"
        fi
    done
    start_nginx nginx-fastcgi.conf swift /sendfile/report.bin "${programs[@]}" "${all[@]}" || { say "nginx does not run: left out" && return 0; }
    for program in "${programs[@]}"; do
        await "$program" --http --host "$program" "127.0.0.1:$port" /sendfile/report.bin
    done
    calibrate swift $(workers) -- "${http_options[@]}" --host @ "127.0.0.1:$port" /sendfile/report.bin
    swift=$best
    swift_workers nginx "$swift"
    calibrate c 4 8 16 -- "${http_options[@]}" --host @ "127.0.0.1:$port" /sendfile/report.bin
    programs=("$swift" "$best" "${programs[@]}")
    say "nginx, Swift with ${swift#swift-} workers, C loop with ${best#c-} threads"
    for ((round = -1; round < rounds; round++)); do
        for program in "${programs[@]}"; do
            local command=(ask "$program" "$seconds" "${http_options[@]}" --host "$program" "127.0.0.1:$port"
                /sendfile/report.bin)
            if [ $round -ge 0 ]; then turn nginx "$(as_result "$program")" "${command[@]}"
            else "${command[@]}" >/dev/null || true; fi
        done
    done
    for program in "${programs[@]:1}"; do
        case $program in
        c-*) row nginx rate "$program" ">= 1.0" ;;
        php) row nginx rate "$program" ">= 1.4" ;;
        go) row nginx rate "$program" ">= 2.5" ;;
        *) row nginx rate "$program" - ;;
        esac
    done
    for program in "${programs[@]:1}"; do row nginx cpu_us "$program" -; done
}
