#!/usr/bin/env bash
# psutil 7.2.2 on Linux: `cpu_times_percent(interval)` over a short while.
#
# Guess: what it returns are shares of the time that passed; they sum up to 100, whatever the
# interval.
# Behaviour: where all cores together have passed less than a second (0.3 s on two cores are 0.6),
# it is taken for a whole one: the percentages sum up to 60, and cores that have nothing to do are
# "60 % idle". A test such as `idle > 90` is never true on a small machine, and always right on a
# large one. Differences of `cpu_times()` do not have it.
#
# Output seen (on two cores):
#   0.2 s of all cores together: sum 20
#   2.0 s of all cores together: sum 100
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet psutil==7.2.2
"$folder/venv/bin/python" - <<'PYTHON'
import psutil


def total(seconds):
    """Sum of all percentages over so many seconds of all cores together."""
    return sum(psutil.cpu_times_percent(seconds / psutil.cpu_count()))


short, long = total(0.2), total(2.0)
print(f"0.2 s of all cores together: sum {short:.0f}")
print(f"2.0 s of all cores together: sum {long:.0f}")
assert short < 50, short
assert 90 < long < 110, long
PYTHON
