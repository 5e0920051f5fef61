#!/usr/bin/env bash
# A live ensemble of three real ZooKeeper servers on loopback: started in order, written to, its leader killed and
# restarted; then its logs are given to `zablab conform`, whose exit status is that of this script. Its last line is
# `LIVE: ran`, or `LIVE: skipped: REASON` where there is no real ZooKeeper to be had.
#
#   tests/live.sh [ZABLAB]           needs java, and Debian's packages zookeeper and libzookeeper-java (3.8.0); root installs
#                                    what is missing. It takes about half a minute, and at most LIVE_SECONDS (180)
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "LIVE: skipped: $1"; exit 0; }
fail() { echo "$1" >&2; failed=1; exit 1; }

zablab=$(realpath "${1:-target/release/zablab}")
[ -x "$zablab" ] || fail "$zablab is not built"

jar=/usr/share/java/zookeeper.jar
have() { command -v java > /dev/null && [ -e "$jar" ]; }

# Everything from Debian, and no service of it started.
install() {
    local policy=/usr/sbin/policy-rc.d mine=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod 755 "$policy" && mine=1
    fi
    local packages=(zookeeper libzookeeper-java)
    command -v java > /dev/null || packages+=(default-jre-headless)
    export DEBIAN_FRONTEND=noninteractive
    local apt=(timeout 120 apt-get -qq -o DPkg::Lock::Timeout=60)
    "${apt[@]}" install -y --no-install-recommends "${packages[@]}" > /dev/null 2>&1 \
        || { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${packages[@]}"; } > /dev/null 2>&1 \
        || true
    [ -z "$mine" ] || rm -f "$policy"
}
if ! have && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then install; fi
command -v java > /dev/null || skip 'java is not here (apt-get install default-jre-headless)'
[ -e "$jar" ] || skip "$jar is not here (apt-get install zookeeper libzookeeper-java)"

work=$(mktemp -d)
declare -A pids=()
failed=
finish() {
    local pid
    for pid in "${pids[@]}" ${watchdog:-}; do kill -9 "$pid" 2> /dev/null || true; done
    for pid in "${pids[@]}" ${watchdog:-}; do wait "$pid" 2> /dev/null || true; done
    if [ -n "$failed" ]; then echo "the logs are kept in $work" >&2; else rm -rf "$work"; fi
}
trap finish EXIT
trap 'fail "it took more than ${LIVE_SECONDS:-180} s"' ALRM
trap 'failed=1; exit 130' INT TERM

# The whole of it is bounded: a wait that would go on for ever is cut short here.
(
    trap - ALRM INT TERM EXIT
    sleep "${LIVE_SECONDS:-180}" &
    trap 'kill $! 2> /dev/null' EXIT
    wait $!
    kill -ALRM $$
) 2> /dev/null &
watchdog=$!

# Debian's jar names in its manifest what it needs, but for what writes the log.
class_path=$jar
for also in slf4j-log4j12 slf4j-reload4j log4j-1.2 reload4j; do
    if [ -e "/usr/share/java/$also.jar" ]; then class_path+=":/usr/share/java/$also.jar"; fi
done

# Ports in the range that the kernel gives to nobody by itself, and that nobody listens on.
is_open() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }
ports=()
port=$((10000 + RANDOM % 20000))
while [ "${#ports[@]}" -lt 9 ]; do
    is_open "$port" || ports+=("$port")
    port=$((port + 1))
done

cat > "$work/log4j.properties" <<'LOG4J'
log4j.rootLogger=INFO, CONSOLE
log4j.appender.CONSOLE=org.apache.log4j.ConsoleAppender
log4j.appender.CONSOLE.Threshold=INFO
log4j.appender.CONSOLE.layout=org.apache.log4j.PatternLayout
log4j.appender.CONSOLE.layout.ConversionPattern=%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] - %m%n
LOG4J
for n in 1 2 3; do
    mkdir -p "$work/zk$n" "$work/data/$n"
    echo "$n" > "$work/data/$n/myid"
    cat > "$work/zk$n/zoo.cfg" <<CFG
tickTime=2000
initLimit=10
syncLimit=5
dataDir=$work/data/$n
clientPort=${ports[n - 1]}
clientPortAddress=127.0.0.1
admin.enableServer=false
4lw.commands.whitelist=*
server.1=127.0.0.1:${ports[3]}:${ports[6]}
server.2=127.0.0.1:${ports[4]}:${ports[7]}
server.3=127.0.0.1:${ports[5]}:${ports[8]}
CFG
done

# What was done from outside, on the clock of the servers' logs.
step() { echo "$(date '+%F %T,%3N') $*" | tee -a "$work/steps.txt"; }

run_java() { timeout 60 java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$class_path" "$@"; }

start() {
    step "start zk$1"
    java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$class_path" \
        -Dlog4j.configuration="file:$work/log4j.properties" \
        org.apache.zookeeper.server.quorum.QuorumPeerMain "$work/zk$1/zoo.cfg" \
        >> "$work/zk$1/zk.log" 2>&1 < /dev/null &
    pids[$1]=$!
}

# The answer to the four-letter word `srvr`; nothing where nobody listens.
srvr() {
    timeout 5 bash -c 'exec 3<> "/dev/tcp/127.0.0.1/$0" && printf srvr >&3 && cat <&3' "${ports[$1 - 1]}" 2> /dev/null || true
}
mode() { srvr "$1" | sed -n 's/^Mode: //p'; }

# Waits until a server serves, and is what it should be.
await() {
    local found
    for _ in $(seq 150); do
        found=$(mode "$1")
        if [[ "$found" =~ ^(${2:-leader|follower})$ ]]; then
            step "zk$1 serves: $found, $(srvr "$1" | sed -n 's/^Zxid: //p')"
            return
        fi
        kill -0 "${pids[$1]}" 2> /dev/null || fail "zk$1 has exited"
        sleep 0.2
    done
    fail "zk$1 does not become ${2:-leader or follower}"
}

# Some writes of one session.
writes() {
    local name
    for name in a b c; do echo "create /$2-$name $name"; done > "$work/calls"
    echo quit >> "$work/calls"
    run_java -Dlog4j.configuration="file:$work/client.properties" org.apache.zookeeper.ZooKeeperMain \
        -server "127.0.0.1:${ports[$1 - 1]}" < "$work/calls" > "$work/client.log" 2>&1 || true
    for name in a b c; do
        grep -q "Created /$2-$name" "$work/client.log" || { cat "$work/client.log" >&2; fail "no write at zk$1"; }
    done
    step "created /$2-a .. /$2-c at zk$1"
}
sed 's/INFO, CONSOLE/WARN, CONSOLE/' "$work/log4j.properties" > "$work/client.properties"

start 1
sleep 2
start 2
await 1 follower
await 2 leader
start 3
await 3 follower
writes 1 before
step 'SIGKILL zk2'
kill -9 "${pids[2]}"
wait "${pids[2]}" 2> /dev/null || true
unset 'pids[2]'
await 3 leader
await 1 follower
writes 1 after
start 2
await 2 follower
writes 2 again
for n in 1 2 3; do
    step "SIGKILL zk$n (end)"
    kill -9 "${pids[$n]}"
    wait "${pids[$n]}" 2> /dev/null || true
    unset "pids[$n]"
done
rm -rf "$work/data" "$work/calls" "$work/client.log" "$work/client.properties"

status=0
"$zablab" conform "$work" --as 3.8.0 || status=$?
[ "$status" = 0 ] || failed=1
echo 'LIVE: ran'
exit "$status"
