# Shared by the load scripts: packages, ports, processes. Sourced, never run.

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

log() { printf '%s\n' "$*" >&2; }

die() {
    log "$(basename "$0"): $*"
    exit 1
}

# install COMMAND=PACKAGE...: what is missing comes from Debian. A mirror that hangs must not hang the run.
install() {
    local pair missing=()
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
    done
    [[ ${#missing[@]} -eq 0 ]] && return 0
    command -v apt-get >/dev/null || { log "there is no apt-get to install ${missing[*]} with"; return 1; }
    log "installing ${missing[*]}"
    # Level 1 keeps the packages' own services from being started on port 80.
    # Without fresh lists a package may be unknown or gone from the mirror; stale ones are still worth a try.
    apt_get update || true
    RUNLEVEL=1 apt_get install -y --no-install-recommends "${missing[@]}" || return 1
    hash -r
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null || { log "${pair#*=} is installed and ${pair%%=*} is not on the PATH"; return 1; }
    done
}

apt_get() {
    local try root=()
    [[ $(id -u) -eq 0 ]] || root=(sudo --preserve-env=RUNLEVEL)
    for try in 1 2 3; do
        if "${root[@]}" timeout --kill-after=10 180 env DEBIAN_FRONTEND=noninteractive RUNLEVEL="${RUNLEVEL:-}" \
            apt-get -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=120 "$@" >/dev/null; then
            return 0
        fi
        log "apt-get $1 failed (try $try of 3)"
    done
    return 1
}

# Every process a script starts is noted here, until it is ended: by its id, and only while it is this shell's own child.
declare -A STARTED=()

# start NAME LOG COMMAND...: runs it in the background; its id is in LAST_PID.
start() {
    local name=$1 output=$2
    shift 2
    "$@" >"$output" 2>&1 </dev/null &
    LAST_PID=$!
    STARTED[$LAST_PID]=$name
    log "started $name ($LAST_PID)"
}

# pinned CPUS COMMAND...: on those cores only; anywhere when CPUS is empty. Replaces the shell that start has forked.
pinned() {
    local cpus=$1
    shift
    [[ -z $cpus ]] && exec "$@"
    exec taskset -c "$cpus" "$@"
}

stop() {
    local pid try
    for pid in "$@"; do
        [[ -n ${STARTED[$pid]-} ]] || continue
        unset "STARTED[$pid]"
        kill -TERM "$pid" 2>/dev/null
        for try in {1..100}; do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    return 0
}

stop_all() { stop "${!STARTED[@]}"; }

# free_ports N: ports that nobody listens on now, below the range the kernel hands out to clients, so that none is taken meanwhile.
free_ports() {
    local wanted=$1 port
    while [[ $wanted -gt 0 ]]; do
        port=$((20000 + RANDOM % 12000))
        if [[ " ${FREE_PORTS[*]-} " != *" $port "* ]] && ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            FREE_PORTS+=("$port")
            wanted=$((wanted - 1))
        fi
    done
}

# wait_for URL PID SECONDS LOG: until it answers 2xx; fails at once when the process has ended.
wait_for() {
    local url=$1 pid=$2 until=$((SECONDS + $3)) output=$4
    while [[ $SECONDS -lt $until ]]; do
        curl --silent --fail --output /dev/null --max-time 2 "$url" && return 0
        if ! kill -0 "$pid" 2>/dev/null; then
            break
        fi
        sleep 0.1
    done
    log "$url does not answer:"
    tail -n 40 "$output" >&2
    return 1
}
