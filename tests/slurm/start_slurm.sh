#!/usr/bin/env bash
# start_slurm.sh DIR   starts a Slurm of three nodes, n1 to n3, on this machine's loopback, with all its files in DIR.
#
# For tests only. Needs root and slurmctld, slurmd and munged; no systemd, no cgroups, no accounting database.
# stop_slurm.sh DIR ends it.
set -euo pipefail
dir=$(cd -P -- "${1:?start_slurm.sh DIR}" && pwd)
host=$(hostname -s)

# The plugin drops every SLURM_* variable before it submits, so the configuration must stand in the usual place.
if [ -e /etc/slurm/slurm.conf ]; then
    echo "start_slurm.sh: a Slurm is set up here already; if a test left it, end it with stop_slurm.sh" \
        "$(dirname "$(readlink -f /etc/slurm/slurm.conf)")" >&2
    exit 1
fi

umask 022
mkdir -p "$dir"/{munge,state,spool,log} /etc/slurm
head -c 128 /dev/urandom >"$dir/munge/key" && chmod 600 "$dir/munge/key"

cat >"$dir/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort=16817
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.%n.pid
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.%n.log
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/log/jobs.txt
SwitchType=switch/none
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=300
KillWait=5
EpilogMsgTime=0
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
NodeName=n[1-3] NodeHostname=$host NodeAddr=127.0.0.1 Port=[16821-16823] CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=60 LLN=YES State=UP
CONF
printf 'CgroupPlugin=cgroup/v1\nConstrainCores=no\n' >"$dir/cgroup.conf"
ln -sf "$dir/slurm.conf" "$dir/cgroup.conf" /etc/slurm/

# stop_slurm.sh knows by this variable, and by files open in DIR, what it may end.
export GUMFLOW_TEST_SLURM=$dir
munged --force --num-threads=10 --key-file="$dir/munge/key" --socket="$dir/munge/socket" \
    --pid-file="$dir/munge/pid" --log-file="$dir/munge/log" --seed-file="$dir/munge/seed"
slurmctld
for node in n1 n2 n3; do slurmd -N "$node"; done

for _ in $(seq 150); do
    if [ "$(sinfo --noheader --Node --format=%T 2>/dev/null | grep -c '^idle$')" = 3 ]; then exit 0; fi
    sleep 0.2
done
echo "start_slurm.sh: the nodes did not come up" >&2
tail -n 20 "$dir"/log/*.log >&2
exit 1
