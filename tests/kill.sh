#!/bin/sh
# kill -9 loops: 2 000 kills in 20 seeded rounds (more: tests/kill.sh ROUNDS KILLS; PROFILE=--release for another build). Stops at the first round that loses,
# doubles or cannot read something.
set -e
PROFILE=${PROFILE-}
cd "$(dirname "$0")/.."
rounds=${1:-20}
kills=${2:-100}
round=1
while [ "$round" -le "$rounds" ]; do
  OUTGUARD_KILLS=$kills OUTGUARD_SEED=$round cargo test $PROFILE --test kill -- --nocapture | grep -E 'kills|panicked|FAILED'
  round=$((round + 1))
done
