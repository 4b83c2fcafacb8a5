#!/bin/bash
# sbatch slurm.sh: Redis on the first node, a worker on each, the coordinator beside Redis. With MPI's launcher in place of
# srun: mpirun --map-by ppr:1:node npx allcores worker ...; ranks do not talk to each other, so that one may die.
#SBATCH --job-name=allcores
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --time=02:00:00
# Workers are told to end a minute before the time is over: they finish their chunks.
#SBATCH --signal=TERM@60
set -euo pipefail

password=$(openssl rand -hex 24)
host=$(hostname)
data=${SCRATCH:-$PWD}/allcores-$SLURM_JOB_ID
mkdir -p "$data"
printf '%s\n' "dir $data" "bind $(hostname -i)" "port 6379" "requirepass $password" "appendonly yes" \
  "appendfsync everysec" "maxmemory-policy noeviction" | redis-server - &
redis=$!
export ALLCORES_CONNECTION="redis://:$password@$host:6379" QUEUE="slurm-$SLURM_JOB_ID" RUN_ID="${RUN_ID:-pi-1e12}"

srun --ntasks-per-node=1 --cpus-per-task="$SLURM_CPUS_ON_NODE" npx allcores worker --queue "$QUEUE" &
workers=$!
# srun hands SIGTERM on to the workers.
trap 'kill -TERM "$workers" 2>/dev/null; wait "$workers"; kill "$redis"' EXIT

node pi.mjs 1e12
