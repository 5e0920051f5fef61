#!/bin/bash
# A sweep in four parts, each a task of a Slurm job array. The folder `results` must be on storage that all nodes see.
# A task that is requeued goes on where it was.
#
#   sbatch --wait examples/slurm-sweep.sh
#   zablab merge results
#
#SBATCH --job-name=zablab-sweep
#SBATCH --array=1-4
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --output=zablab-sweep-%a.log

# The part is taken from SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT.
exec "${ZABLAB:-zablab}" sweep "${PROFILE:-everything}" --seeds "${SEEDS:-0..100000}" --keep-going \
    --jobs "${SLURM_CPUS_PER_TASK:-1}" --resume "${RESULTS:-results}"
