#!/bin/sh
# Agreement of the engine with the reference interpreter over other and more sets than CI has time for:
# `tests/agree.sh [first seed] [seeds]`. Each seed is as much as CI runs; ten of them by default.
set -e
first=${1:-1}
count=${2:-10}
cd "$(dirname "$0")/.."
seed=$first
while [ "$seed" -lt $((first + count)) ]; do
    OUTGUARD_AGREE_SEED=$seed cargo test --release --quiet --test agree agree -- --nocapture | grep ' agree'
    seed=$((seed + 1))
done
