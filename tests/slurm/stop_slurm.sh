#!/usr/bin/env bash
# stop_slurm.sh DIR   ends the Slurm that start_slurm.sh DIR started, with its jobs; fails if a process of it is left.
set -uo pipefail
dir=$(cd -P -- "${1:?stop_slurm.sh DIR}" && pwd)

# Daemons and job steps keep files open in DIR; what jobs started has inherited the variable.
processes() {
    {
        find /proc/[0-9]*/fd -lname "$dir/*" 2>/dev/null
        grep --files-with-matches --null-data --line-regexp "GUMFLOW_TEST_SLURM=$dir" /proc/[0-9]*/environ 2>/dev/null
    } | cut -d / -f 3 | sort -un
}
gone_within() { # SECONDS
    for _ in $(seq $(($1 * 5))); do
        [ -n "$(processes)" ] || return 0
        sleep 0.2
    done
    return 1
}

if [ "$(readlink /etc/slurm/slurm.conf)" = "$dir/slurm.conf" ]; then
    timeout 10 scancel --user=root
    for _ in $(seq 50); do
        [ -n "$(timeout 5 squeue --noheader 2>/dev/null)" ] || break
        sleep 0.2
    done
    rm -f /etc/slurm/slurm.conf /etc/slurm/cgroup.conf
fi
for signal in TERM KILL; do
    for pid in $(processes); do kill -s "$signal" "$pid" 2>/dev/null; done
    gone_within 10 && exit 0
done
echo "stop_slurm.sh: still running: $(processes | xargs)" >&2
exit 1
