"""Compares what a dump costs with the last line of the table; fails if it has grown.

scripts/bench check [--rounds 7] [--tolerance 0.25]

What is compared is CPU time in copies of the weights, least against least: of all ratios of
`scripts/bench writer` that one depends least on what else the machine does. On a busy machine it
still moves by a fifth.
"""

from __future__ import annotations

import sys

from benchmarks.command import command
from benchmarks.results import last
from benchmarks.writer import WAYS, measure, ratios


def main() -> None:
    """Measures and compares."""
    parser = command("scripts/bench check", __doc__)
    parser.add_argument("--rounds", type=int, default=7, help="of each (default: 7)")
    parser.add_argument("--tolerance", type=float, default=0.25, help="a share (default: 0.25)")
    arguments = parser.parse_args()
    costs = None
    for way in WAYS:
        before = last(way, "as it is", "cpu")
        if before is None:
            sys.exit("the table has no line of this processor: scripts/bench writer --save does it")
        costs = costs or measure("cpu", arguments.rounds)[0]
        now, allowed = ratios(costs, way).cpu, before.cpu * (1 + arguments.tolerance)
        print(
            f"a dump by {way} takes the CPU time of {now:.1f} copies; {before.cpu:.1f} in the table"
        )
        if now > allowed:
            sys.exit(f"that is more than {allowed:.1f}, the tolerance")


if __name__ == "__main__":
    main()
