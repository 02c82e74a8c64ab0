# Starts and ends the programs, each on the Unix socket $directory/NAME.sock.

# Starts a command in the background under a name.
launch() {
    local name=$1
    shift
    "$@" >>"$directory/$name.log" 2>&1 &
    pids[$name]=$!
    disown $! # a program that is killed at the end is no news
}

# Waits until a program responds.
await() {
    local name=$1 tries=0
    shift
    until "$load" --show "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ $tries = 200 ] || ! kill -0 "${pids[$name]}" 2>/dev/null; then
            say "$name does not answer:" && "$load" --show "$@" >/dev/null || true
            tail -n 20 "$directory/$name.log" >&2
            return 1
        fi
        sleep 0.05
    done
}

stop_all() {
    local name tries=0
    [ ${#pids[@]} -gt 0 ] || return 0
    kill "${pids[@]}" 2>/dev/null || true
    # libfcgi treats SIGTERM as a request to stop after the next request, which never arrives.
    for name in "${!pids[@]}"; do [[ $name != c-* ]] || kill -KILL "${pids[$name]}" 2>/dev/null || true; done
    while kill -0 "${pids[@]}" 2>/dev/null && [ $tries -lt 60 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    kill -KILL "${pids[@]}" 2>/dev/null || true
    pids=()
}

# Stops nginx, which another scenario needs with other sites.
stop_nginx() {
    rm -f "$directory"/nginx-*.conf
    [ -n "${pids[nginx]:-}" ] || return 0
    kill "${pids[nginx]}" && while kill -0 "${pids[nginx]}" 2>/dev/null; do sleep 0.05; done
    unset 'pids[nginx]'
}

# The numbers of workers to try: the load needs processors, too.
workers() {
    local processors
    processors=$(nproc)
    [ -z "${FASTCGI_WORKERS:-}" ] || { echo "$FASTCGI_WORKERS" && return 0; }
    printf '%s\n' 2 $((processors - 1)) "$processors" | awk '$1 >= 2 && !seen[$1]++'
}

# Starts the Swift program with this many workers at its first use; it is idle from then on.
start_swift() {
    local name=swift-$1
    [ -z "${pids[$name]:-}" ] || return 0
    launch "$name" env "${swift_environment[@]}" FASTCGI_WORKERS="$1" FASTCGI_LISTEN="$directory/$name.sock" "$responder"
    await "$name" "$directory/$name.sock" /fixed
}

# Starts the C loop with this many threads at its first use; it is idle in accept from then on.
start_c() {
    local name=c-$1
    [ -z "${pids[$name]:-}" ] || return 0
    launch "$name" "$build/loop" "$1" "$directory/root" "$directory/$name.sock"
    await "$name" "$directory/$name.sock" /fixed
}

# Starts the C event loop, without a thread for each connection: the lower limit for an event loop around libfcgi.
start_events() {
    [ -z "${pids[events]:-}" ] || return 0
    launch events "$build/events" "$(workers | tail -n 1)" "$directory/root" "$directory/events.sock"
    await events "$directory/events.sock" /fixed
}

php_fpm() { compgen -c php-fpm | sort -V | tail -n 1 | grep . || ls /usr/sbin/php-fpm* 2>/dev/null | sort -V | tail -n 1; }

# Fills in a template for a program.
fill_in() {
    sed -e "s|@directory@|$directory|g" -e "s|@sources@|$here|g" -e "s|@port@|${port:-}|g" -e "s|@user@|$(id -un)|g" \
        -e "s|@program@|${2:-}|g" -e "s|@processors@|$(nproc)|g" "$1"
}

start_php() {
    local fpm
    fpm=$(php_fpm)
    [ -n "$fpm" ] || return 1
    fill_in "$here/peers/php-fpm.conf" >"$directory/php-fpm.conf"
    versions+=", $("$fpm" -v 2>/dev/null | sed -n '1s/^\(PHP [^ ]*\).*/\1/p')"
    launch php "$fpm" --allow-to-run-as-root --fpm-config "$directory/php-fpm.conf"
}

start_go() {
    [ -x "$build/downloads" ] || return 1
    versions+=", $(go version | sed 's/go version go\([^ ]*\).*/Go \1/')"
    launch go "$build/downloads" "$directory/root" "$directory/go.sock"
}

start_django() {
    local python=$build/venv/bin/python
    [ -x "$python" ] || python=python3
    "$python" -c 'import django, django_sendfile, gunicorn' 2>/dev/null || return 1
    versions+=", $("$python" -c 'import importlib.metadata as m
print(", ".join(f"{name} {m.version(name)}" for name in ["django-sendfile2", "Django", "gunicorn"]))')"
    SENDFILE_ROOT=$directory/root PYTHONDONTWRITEBYTECODE=1 launch django "$python" -m gunicorn --chdir "$here/peers" \
        --workers 2 --bind "unix:$directory/django.sock" downloads:application
}
