# Builds and installs the programs to measure.

say() { echo "$*" >&2; }

compile() { cc -D_GNU_SOURCE -std=gnu17 -O2 -pthread -Wall -Wextra -Werror -o "$build/$1" "${@:2}"; }

build_programs() {
    mkdir -p "$build"
    say "Building"
    compile load "$here"/load/*.c
    compile loop "$here/baseline/loop.c" -lfcgi
    compile events -Wno-unused-function "$here/baseline/events.c" -lfcgi
    [ -z "$(type -P go)" ] || GOCACHE=$build/go GO111MODULE=off go build -o "$build/downloads" "$here/peers/downloads.go"
    load=$build/load
    ! needs_responder || { build_swift "$here" responder && responder=$built; }
}

# Whether a scenario is wanted that measures the responder: all but those with Hummingbird.
needs_responder() {
    local name
    [ ${#only[@]} -gt 0 ] || return 0
    for name in "${only[@]}"; do [[ $name == hummingbird* ]] || return 0; done
    return 1
}

# build_swift PACKAGE PRODUCT: $built is the program.
build_swift() {
    # With the options of the article SmallPrograms, as users build their programs.
    local swift=(
        swift build -c release --static-swift-stdlib -Xswiftc -use-ld=lld -Xlinker -s -Xlinker --no-export-dynamic
        -Xlinker -z -Xlinker pack-relative-relocs --package-path "$1" --product "$2"
    )
    # The package manager does not see files that were added to the library since the last build.
    rm -f "$1"/.build/*.yaml
    "${swift[@]}" >"$build/swift.log" 2>&1 || { cat "$build/swift.log" >&2 && return 1; }
    built=$("${swift[@]}" --show-bin-path)/$2
}

install_peers() {
    local apt=(apt-get install -y --no-install-recommends gcc libc6-dev libfcgi-dev nginx-light php-fpm golang-go python3-venv)
    [ "$(id -u)" = 0 ] || apt=(sudo "${apt[@]}")
    "${apt[@]}" >&2
    python3 -m venv "$build/venv"
    "$build/venv/bin/pip" install --quiet django django-sendfile2 gunicorn >&2
}

# A small file, and 1 GiB that the first reader leaves in the page cache.
make_files() {
    mkdir "$directory/root"
    head -c 102400 /dev/urandom >"$directory/root/report.bin"
    gibibyte=$((1 << 30))
    ! wanted stream || head -c $gibibyte /dev/zero >"$directory/root/big.bin"
}

# From here on everything that this script starts has N processors (--processors), as on a machine that has no more.
pin_processors() {
    [ -n "$processors" ] || return 0
    [ "$processors" -le "$(nproc)" ] || { say "--processors $processors: this machine has $(nproc)" && return 1; }
    taskset -pc "$(taskset -pc $$ | sed 's/.*: //' | tr ',' '\n' | awk -F- -v n="$processors" '
        { for (i = $1; i <= (NF > 1 ? $2 : $1) && n > 0; i++) { printf "%s%d", seen++ ? "," : "", i; n-- } }')" $$ >/dev/null
}

describe_machine() {
    [ "$format" = table ] || return 0
    . /etc/os-release
    local model
    model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
    [ -z "$processors" ] || echo -n "$processors of "
    echo "$(nproc --all) × ${model:-$(uname -m)}, ${PRETTY_NAME:-Linux}, Linux $(uname -r)"
    echo "$(swift --version 2>/dev/null | grep -o 'Swift version [^ ]*'), libfcgi $(pkg-config --modversion fcgi)$versions"
    echo "$rounds interleaved rounds of $seconds s each"
    echo
}
