# Scenarios: the programs that take turns, their requests, and the rows of results.

wanted() {
    local name
    [ ${#only[@]} -gt 0 ] || return 0
    for name in "${only[@]}"; do [[ $1 != "$name"* ]] || return 0; done
    return 1
}

# row SCENARIO MEASURE PEER TARGET: the Swift program's measure divided by the peer's, which should be as TARGET says ("-":
# printed only).
row() { printf '%s\t%s\t%s\t%s\n' "$@" >>"$rows"; }

# turn SCENARIO PROGRAM COMMAND…: one round of one program, whose output is its result.
turn() {
    local scenario=$1 program=$2 line
    shift 2
    # The log of a program that starts is shown only if it fails.
    line=$("$@" 2>"$directory/turn.log") || {
        failed=yes
        say "  $scenario, $program: $* failed: $line" && cat "$directory/turn.log" >&2
        return 0
    }
    printf '%s\t%s\t%s\n' "$scenario" "$program" "$line" >>"$results"
}

# A round of load against a program, with its CPU time: ask PROGRAM SECONDS OPTIONS… ADDRESS PATH
ask() { "$load" --pid "${pids[$1]}" --seconds "$2" "${@:3}"; }

# same_response PATH SWIFT PROGRAM: stops if a program sends other bytes than the Swift program, because the two could
# not be compared.
same_response() {
    "$load" --show "$directory/$2.sock" "$1" >"$directory/swift.response"
    "$load" --show "$directory/$3.sock" "$1" >"$directory/other.response"
    cmp -s "$directory/swift.response" "$directory/other.response" && return 0
    say "$3 does not answer $1 as the Swift program does:"
    diff -a "$directory/swift.response" "$directory/other.response" >&2
}

# A program at its best: tries some numbers of threads, taking turns, and leaves as $best the fewest that come within
# 5 % of the highest rate. More threads would only wait for one another: a higher p99 at the same rate.
# calibrate c|swift THREADS… -- OPTIONS… PATH, where @ in an option stands for the program's name
calibrate() {
    local program=$1 threads rate turn top=0 candidates=()
    local -A rates=()
    shift
    while [ "$1" != -- ]; do candidates+=("$1") && shift; done
    shift
    best=$program-${candidates[0]}
    for threads in "${candidates[@]}"; do start_"$program" "$threads"; done
    [ ${#candidates[@]} -gt 1 ] || return 0
    for turn in 1 2 3 4 5; do
        for threads in "${candidates[@]}"; do
            rate=$(ask "$program-$threads" "$warm_up" "${@//@/$program-$threads}" | sed 's/.*rate=\([0-9]*\).*/\1/') || rate=0
            rates[$threads]=$((${rates[$threads]:-0} + rate))
        done
    done
    for threads in "${candidates[@]}"; do [ "${rates[$threads]}" -le "$top" ] || top=${rates[$threads]}; done
    for threads in "${candidates[@]}"; do
        [ $((rates[$threads] * 100)) -lt $((top * 95)) ] || { best=$program-$threads && return 0; }
    done
}

# Notes the number of workers of the Swift program: swift_workers SCENARIO PROGRAM
swift_workers() { printf '%s\tswift\tworkers=%d\n' "$1" "${2#swift-}" >>"$results"; }

# The name of a program in the results: the Swift program's is the same with any number of workers.
as_result() { case $1 in swift-*) echo swift ;; *) echo "$1" ;; esac }

# Small responses over FastCGI itself: small fixed|sendfile CONNECTIONS kept|new
small() {
    local handler=$1 connections=$2 keep=$3 name=$1-$2-$3 path=/fixed options threads round program swift
    wanted "$name" || return 0
    options=(--connections "$connections")
    if [ "$handler" = sendfile ]; then
        path=/sendfile/report.bin
        options+=(--field "X-Accel-Redirect: /protected/report.bin" --length 0)
    else
        options+=(--length 6)
    fi
    threads=(2 4 8 16)
    if [ "$keep" = kept ]; then
        # With fewer threads than connections the loop serves some and leaves the others waiting.
        threads=("$connections")
        options+=(--keep-alive)
    fi
    calibrate swift $(workers) -- "${options[@]}" "$directory/@.sock" "$path"
    swift=$best
    swift_workers "$name" "$swift"
    calibrate c "${threads[@]}" -- "${options[@]}" "$directory/@.sock" "$path"
    same_response "$path" "$swift" "$best"
    local programs=("$swift" "$best")
    if [ "$keep" = kept ]; then
        start_events
        same_response "$path" "$swift" events
        programs+=(events)
    fi
    say "$name, Swift with ${swift#swift-} workers, C loop with ${best#c-} threads"
    for program in "${programs[@]}"; do
        ask "$program" "$warm_up" "${options[@]}" "$directory/$program.sock" "$path" >/dev/null || true
    done
    for ((round = 0; round < rounds; round++)); do
        for program in "${programs[@]}"; do
            turn "$name" "$(as_result "$program")" ask "$program" "$seconds" "${options[@]}" "$directory/$program.sock" "$path"
        done
    done
    if [ "$keep" = kept ]; then row "$name" rate "$best" -; else row "$name" rate "$best" ">= 1.0"; fi
    row "$name" p99_us "$best" "<= 1.1"
    row "$name" cpu_us "$best" -
    [ "$keep" = kept ] || return 0
    row "$name" rate events ">= 0.95"
    row "$name" p99_us events -
    row "$name" cpu_us events "<= 1.1"
}

# 1 GiB from the page cache through the FastCGI connection.
stream() {
    local round program options swift
    wanted stream || return 0
    swift=swift-$(workers | tail -n 1)
    start_swift "${swift#swift-}"
    swift_workers stream "$swift"
    start_c 4
    same_response /stream/big.bin "$swift" c-4
    say "stream"
    for ((round = -1; round < rounds; round++)); do
        for program in "$swift" c-4; do
            options=(--discard --requests "$streams" --length "$gibibyte" "$directory/$program.sock" /stream/big.bin)
            if [ $round -ge 0 ]; then turn stream "$(as_result "$program")" ask "$program" 60 "${options[@]}"
            else ask "$program" 60 "${options[@]}" >/dev/null || true; fi
        done
    done
    row stream mbps c-4 ">= 2.5"
    row stream cpu_us c-4 "<= 0.40"
    row stream growth_kib "" "< 1024"
}

# The time from the start of the program to its first response, its memory when it is idle, and the size of its file.
program_start() {
    local round program command environment
    wanted start || return 0
    say "start"
    local programs=(swift c-4)
    [ ! -x "$build/downloads" ] || programs+=(go)
    for ((round = 0; round < starts; round++)); do
        for program in "${programs[@]}"; do
            case $program in
            swift) command=(env "${swift_environment[@]}" FASTCGI_WORKERS="$(workers | tail -n 1)" "$responder") ;;
            c-4) command=("$build/loop" 4 "$directory/root") ;;
            go) command=("$build/downloads" "$directory/root") ;;
            esac
            turn start "$program" "$load" --start "$directory/start-$program-$round.sock" /fixed "${command[@]}"
        done
    done
    printf 'start\t%s\tsize_kib=%d\n' swift $(($(stat -Lc %s "$responder") / 1024)) \
        c-4 $(($(stat -Lc %s "$build/loop") / 1024)) >>"$results"
    [ ! -x "$build/downloads" ] || printf 'start\tgo\tsize_kib=%d\n' $(($(stat -Lc %s "$build/downloads") / 1024)) >>"$results"
    # Half of the ratios from the time when FastCGI depended on swift-configuration and swift-service-lifecycle.
    row start first_ms c-4 "<= 3.4"
    row start rss_kib c-4 "<= 5.0"
    row start pss_kib c-4 "<= 10.5"
    row start anonymous_kib c-4 -
    row start size_kib c-4 "<= 1217"
    [ ! -x "$build/downloads" ] || {
        row start first_ms go "<= 1.27"
        row start rss_kib go "<= 1.52"
        row start pss_kib go "<= 0.93"
        row start anonymous_kib go -
        row start size_kib go "<= 4.29"
    }
}
