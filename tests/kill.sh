#!/bin/sh
# kill -9 loops: 2 000 kills in 20 seeded rounds. Says for each round what was killed and what came of it.
# More: tests/kill.sh ROUNDS KILLS; PROFILE=--release for another build.
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
