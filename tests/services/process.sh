# shellcheck shell=bash
# Sourced by the services: starting a server apart from whoever asked, knowing
# whether it still lives, ending exactly that one. Nothing here ends a process
# by its name.

# Prints when process $1 was born, in clock ticks. Fails if it is gone or a
# zombie: a machine whose first process does not reap keeps zombies for ever.
birth() {
    local stat fields
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra fields <<<"${stat##*) }"
    [[ ${fields[0]} != [ZX] ]] && echo "${fields[19]}"
}

# launch FILE LOG COMMAND…: starts COMMAND in a session of its own, so that
# Ctrl-C in a terminal does not reach it, holding none of the caller's pipes.
# FILE keeps its number and its birth: a number alone may be given out again.
launch() {
    local file=$1 log=$2
    shift 2
    setsid "$@" </dev/null >>"$log" 2>&1 &
    echo "$! $(birth $!)" >"$file"
}

running() {
    local pid born
    [[ -s $1 ]] && read -r pid born <"$1" && [[ -n $born && $(birth "$pid") == "$born" ]]
}

# Prints process $1 and everything that descends from it.
family() {
    { cat /proc/[0-9]*/stat 2>/dev/null || true; } | awk -v root="$1" '
        { pid = $1; sub(/.*\) /, ""); parent[pid] = $2 }
        END {
            found[root]
            do {
                grew = 0
                for (p in parent) if (!(p in found) && (parent[p] in found)) { found[p]; grew = 1 }
            } while (grew)
            for (p in found) print p
        }'
}

# end FILE SIGNAL SECONDS: sends SIGNAL to the process FILE names and waits
# until its whole family is gone. KILL goes to all of them at once, as when the
# power fails. What outlives the wait is killed, and that is a failure.
end() {
    local file=$1 signal=$2 seconds=$3 pid born member
    local -a members
    running "$file" || { rm -f "$file"; return 0; }
    read -r pid born <"$file"
    mapfile -t members < <(family "$pid")
    if [[ $signal == KILL ]]; then
        kill -KILL "${members[@]}" 2>/dev/null || true
    else
        kill "-$signal" "$pid" 2>/dev/null || true
    fi
    if ! wait_until "$seconds" all_gone "${members[@]}"; then
        for member in "${members[@]}"; do kill -KILL "$member" 2>/dev/null || true; done
        echo "process $pid ignored SIG$signal for $seconds s and was killed" >&2
        rm -f "$file"
        return 1
    fi
    rm -f "$file"
}

all_gone() {
    local pid
    for pid in "$@"; do
        if birth "$pid" >/dev/null; then return 1; fi
    done
}

# wait_until SECONDS COMMAND…: fails if COMMAND has not succeeded by then.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}

# wait_ready SECONDS FILE COMMAND…: the same, but gives up at once when the
# process that FILE names has died.
wait_ready() {
    local seconds=$1 file=$2
    shift 2
    wait_until "$seconds" succeeds_or_died "$file" "$@" && running "$file"
}

succeeds_or_died() {
    local file=$1
    shift
    "$@" || ! running "$file"
}

listening() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Prints $1 different free ports from 10000 to 15999. Below the range from which
# Linux takes the ports of outgoing connections (32768 and up), or another test
# could sit on a stopped broker's port just before it starts again.
free_ports() {
    local port found=()
    while ((${#found[@]} < $1)); do
        port=$((10000 + RANDOM % 6000))
        [[ " ${found[*]} " == *" $port "* ]] || listening "$port" || found+=("$port")
    done
    echo "${found[*]}"
}

# Says what failed, shows the end of its log, and fails.
failed() {
    echo "$1. The end of $2:" >&2
    tail -n 40 "$2" | sed 's/^/    /' >&2
    return 1
}
