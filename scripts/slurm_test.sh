#!/bin/sh
# Runs a small batch through a real SLURM (controller and one node on this machine, in a
# folder of its own) and compares it with the batch run directly. Needs root and the
# packages slurm-wlm and munge; without them it says so and ends well.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
if ! command -v slurmctld >/dev/null 2>&1 || ! command -v munged >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
  echo "slurm test left out: it needs root and the packages slurm-wlm and munge"
  exit 0
fi
work=$(mktemp -d)
chmod 755 "$work"
pids=""
finish() {
  for p in $pids $(cat "$work/munge/pid" 2>/dev/null); do kill "$p" 2>/dev/null || true; done
  for p in $pids; do wait "$p" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT INT TERM
mkdir -p "$work/ctld" "$work/d" "$work/munge"
chown munge: "$work/munge"
su -s /bin/sh munge -c "/usr/sbin/munged --socket=$work/munge/s --pid-file=$work/munge/pid --log-file=$work/munge/log --seed-file=$work/munge/seed"
host=$(hostname)
export SLURM_CONF="$work/slurm.conf"
cat > "$SLURM_CONF" <<EOF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/s
CryptoType=crypto/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2
StateSaveLocation=$work/ctld
SlurmdSpoolDir=$work/d
SlurmctldPidFile=$work/ctld.pid
SlurmdPidFile=$work/d.pid
SlurmctldLogFile=$work/ctld.log
SlurmdLogFile=$work/d.log
MpiDefault=none
ReturnToService=2
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -S "$work/munge/s" ] && break; sleep 0.3; done
slurmctld -D >"$work/ctld.out" 2>&1 & pids="$pids $!"
slurmd -D >"$work/d.out" 2>&1 & pids="$pids $!"
for _ in $(seq 60); do sinfo -h -o %t 2>/dev/null | grep -q idle && break; sleep 0.5; done
sinfo

out=$work/out
"$root/bin/renshaw" slurm "$root/batches/example.yaml" -o "$out" --nodes 2 --shards 4 --n 8 --wait
"$root/bin/renshaw" simulate "$root/batches/example.yaml" -o "$work/direct" --n 8
for i in 0 1 2 3 4 5 6 7; do
  a=$(h5dump -a content_sha256 "$out/simulation_output_$i/simulation_output.h5" | grep '(0)')
  b=$(h5dump -a content_sha256 "$work/direct/simulation_output_$i/simulation_output.h5" | grep '(0)')
  [ "$a" = "$b" ] || { echo "simulation $i differs between SLURM and a direct run"; exit 1; }
done
for f in 0 1 2 3; do grep -q '"complete": true' "$out/manifest_shard_${f}_of_4.json"; done
grep -q '"complete": true' "$out/manifest.json"
[ "$(grep -c '"sha256"' "$out/manifest.json")" = 9 ] || { echo "the merged manifest does not list batch file and 8 simulations"; exit 1; }
echo "slurm: 8 simulations in 4 shards equal a direct run"

# Folders, batch files and the program may have any name.
for odd in "it's \"mine\" 100%a #1 \$HOME; (x) & ü" 'back\slash \%a'; do
  mkdir -p "$work/$odd"
  printf 'seed: 7\nsimulations: [{seed: 1}, {seed: 2}]\nfixed: {duration: 1, nb_motoneurons_per_pool: 10}\n' > "$work/$odd/a batch.yaml"
  cp "$root/bin/renshaw" "$work/$odd/the program"
  out=$work/$odd/out
  "$work/$odd/the program" slurm "$work/$odd/a batch.yaml" -o "$out" --nodes 2 --shards 2 --wait "--sbatch=--comment=two words #1"
  grep -q '"complete": true' "$out/manifest.json"
  for log in task-0 task-1 merge; do [ -s "$out/slurm/logs/$log.log" ] || { echo "$odd: no $log.log"; exit 1; }; done
done
echo "slurm: paths with blanks, quotes, %, # and backslashes"
