"""What scripts/install leaves out with UV_TORCH_BACKEND=cpu."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_only_what_cuda_needs_is_left_out() -> None:
    script = (ROOT / "scripts" / "install").read_text()
    (pattern,) = re.findall(r"grep -vE '([^']+)' requirements/dev\.txt", script)
    wanted_by: dict[str, set[str]] = defaultdict(set)
    name = ""
    for line in (ROOT / "requirements" / "dev.txt").read_text().splitlines():
        if pinned := re.match(r"([\w.-]+)(\[[^]]*])?==", line):
            name = pinned.group(1)
        elif (via := re.match(r"    #(?: via)?\s+(\S+)", line)) and via.group(1) != "via":
            wanted_by[name].add(via.group(1))
    left_out = {each for each in wanted_by if re.match(pattern, f"{each}==1")}
    assert {"nvidia-cublas", "triton"} <= left_out
    assert "torch" not in left_out
    for each in left_out:
        assert wanted_by[each] <= left_out | {"torch"}, each
    # And nothing else is only there for these.
    assert [each for each, wanted in wanted_by.items() if wanted <= left_out] == sorted(
        each for each in left_out if wanted_by[each] <= left_out
    )
