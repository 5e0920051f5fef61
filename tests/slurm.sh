#!/usr/bin/env bash
# A sweep as a job array of a real Slurm: brings up munge, slurmctld and slurmd on loopback, runs examples/slurm-sweep.sh
# in four parts, merges them, and compares with the undivided sweep. Where that cannot be it says `skipped`, and why.
#
#   tests/slurm.sh [ZABLAB]          needs root, and Debian's packages munge, slurmctld, slurmd and slurm-client
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "skipped: $1"; exit 0; }

zablab=$(realpath "${1:-target/release/zablab}")
[ -x "$zablab" ] || skip "$zablab is not built"
[ "$(id -u)" = 0 ] || skip 'slurmctld and slurmd need root'
for program in munged slurmctld slurmd sbatch python3; do
    command -v "$program" > /dev/null || [ -x "/usr/sbin/$program" ] \
        || skip "$program is not here (apt-get install munge slurmctld slurmd slurm-client python3)"
done
export PATH="$PATH:/usr/sbin"

work=$(mktemp -d)
# munged wants its folders, and all above them, to be written to by their owner alone.
chmod 755 "$work"
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2> /dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT

# Waits until a command succeeds: daemons take their time to come up. The first argument says what to skip with.
await() {
    local why=$1
    shift
    for _ in $(seq 100); do
        "$@" > /dev/null 2>&1 && return
        sleep 0.2
    done
    tail -n 20 "$work"/*.log >&2 || true
    skip "$why"
}

mkdir "$work/munge" "$work/ctld" "$work/slurmd"
head -c 1024 /dev/urandom > "$work/munge/key"
chmod 700 "$work/munge" && chmod 600 "$work/munge/key"
mkdir -m 755 "$work/socket"
munged --foreground --force --socket "$work/socket/munge" --key-file "$work/munge/key" \
    --pid-file "$work/socket/pid" --seed-file "$work/munge/seed" --log-file "$work/munge.log" \
    > "$work/munge.out.log" 2>&1 &
pids+=($!)
await 'munged does not come up' munge -n --socket "$work/socket/munge"

host=$(hostname -s)
read -r ctld_port slurmd_port < <(python3 - <<'PORTS'
import socket
sockets = [socket.socket() for _ in range(2)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PORTS
)
cat > "$work/slurm.conf" <<CONF
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$ctld_port
SlurmdPort=$slurmd_port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/socket/munge
CredType=cred/munge
StateSaveLocation=$work/ctld
SlurmdSpoolDir=$work/slurmd
SlurmctldPidFile=$work/ctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
ReturnToService=2
MpiDefault=none
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$work/slurm.conf"
slurmctld -D > "$work/slurmctld.out.log" 2>&1 &
pids+=($!)
await 'slurmctld does not come up' scontrol ping
slurmd -D > "$work/slurmd.out.log" 2>&1 &
pids+=($!)
is_idle() { [ "$(sinfo -h -o %t)" = idle ]; }
await 'slurmd does not register' is_idle
echo "munge, slurmctld and slurmd are up: $(sinfo --version)"

compare() {
    python3 - "$1" "$2" <<'COMPARE'
import json, sys
one, other = (json.load(open(path + "/report.json")) for path in sys.argv[1:])
for report in (one, other):
    del report["timing"]
if one != other:
    sys.exit("the merged report differs from that of the undivided sweep")
print(f"the same report: {one['runs']} runs, {one['events']} events, {len(one['failures'])} distinct failures")
COMPARE
}

export ZABLAB="$zablab" SEEDS=0..400 RESULTS="$work/results"
sbatch --wait --chdir "$work" examples/slurm-sweep.sh || { cat "$work"/zablab-sweep-*.log; exit 1; }
head -n 3 "$work"/zablab-sweep-*.log
"$zablab" merge "$work/results" --out "$work/merged"
"$zablab" sweep --seeds "$SEEDS" --keep-going --out "$work/whole" > /dev/null
compare "$work/merged" "$work/whole"
