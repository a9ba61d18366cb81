"""The table of what was measured, by machine and version, so that a regression is seen."""

from __future__ import annotations

import csv
import datetime
import importlib.metadata
import os
import platform
from dataclasses import asdict, dataclass, fields
from pathlib import Path

TABLE = Path(__file__).parent / "results.csv"
_LIBRARIES = "torch", "numpy", "tensorboard"


@dataclass(frozen=True)
class Ratios:
    """What a dump of `scripts/bench writer` takes, flushed.

    Attributes:
        clock: In copies of the weights by one thread.
        waits: The same, of what the training waits for.
        cpu: In CPU time, in the CPU time of such copies.
        clock_of_histogram: By the clock, of `add_histogram`.
        cpu_of_histogram: In CPU time.
        clock_of_watch: By the clock, of `wandb.watch`; None if that was not measured.
    """

    clock: float
    waits: float
    cpu: float
    clock_of_histogram: float
    cpu_of_histogram: float
    clock_of_watch: float | None


def machine() -> dict[str, str]:
    """What the ratios depend on."""
    return {
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def processor() -> str:
    """The name of the processor, as far as the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = dict(line.split(":", 1) for line in lines if ":" in line)
    known = {key.strip(): value.strip() for key, value in named.items()}
    family, model = known.get("cpu family", "?"), known.get("model", "?")
    return f"{known.get('model name', platform.machine())} (family {family}, model {model})"


def save(ratios: Ratios, way: str, load: str, device: str) -> None:
    """Appends a line to the table."""
    row = {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        **machine(),
        "device": device,
        "load": load,
        "way": way,
        **{name: "" if x is None else f"{x:.4g}" for name, x in asdict(ratios).items()},
    }
    new = not TABLE.exists()
    with TABLE.open("a", newline="") as file:
        writer = csv.DictWriter(file, row, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


def last(way: str, load: str, device: str) -> Ratios | None:
    """The last line of this kind of processor and number of cores."""
    if not TABLE.exists():
        return None
    here = {**machine(), "way": way, "load": load, "device": device}
    same = "processor", "cores", "way", "load", "device"
    with TABLE.open(newline="") as file:
        for row in reversed(list(csv.DictReader(file))):
            if all(row[key] == here[key] for key in same):
                values = (float(row[field.name] or "nan") for field in fields(Ratios))
                return Ratios(*values)
    return None
