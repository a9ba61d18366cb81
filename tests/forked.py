"""`python -m tests.forked SERVER ...` is as `python ...`, but forked from a server (forks.py)."""

from __future__ import annotations

import os
import sys

from tests.forks import server


def main() -> None:
    name, *arguments = sys.argv[1:]
    process = server(name).start([each for each in arguments if each != "-u"], 0, 1, 2)
    # Others have to see when it has closed them.
    for each in 0, 1:
        os.dup2(os.open(os.devnull, os.O_RDWR), each)
    sys.exit(process.wait())


if __name__ == "__main__":
    main()
