"""What signs say of healthy and sick trainings, beside what other rules say of the same logs.

scripts/bench signs [--data FOLDER] [--set report|development|rates] [--keep FOLDER] [--only TEXT]

Trains small networks on scikit-learn's digits and on CIFAR-10 at 16 x 16 pixels, 32 of them healthy
and 32 that suffer from one of eight kinds of sickness, logged through `Tracker` about 60 times
each, and then asks what was said. Rules and their thresholds were chosen by looking at the
development set alone; the report set has other networks, other images, other classes of CIFAR-10
and other seeds; `rates` are the development networks at rates that are too high, and at four times
the usual ones, which work. With `--keep`, logs that are there already are not made again. `--cost`
measures what signs cost beside a dump.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks.command import command
from tensorboard_plugin_deeptracker import __version__, features
from tensorboard_plugin_deeptracker.features.signs.compute import ALARM, Sign, Watch
from tensorboard_plugin_deeptracker.index.run import Run

from .cases import development, rates, reported
from .cost import measure_cost
from .others import Courses, early_stopping, sagemaker, sentrycam
from .training import HEALTHY, SICK, Case, train

# The kinds of signs that name a sickness.
NAMES = {
    "forgetting": ("mass_forgetting", "class_lost"),
    "noise": ("wrong_labels",),
    "rate": ("rate_too_high", "not_finite"),
    "imbalance": ("class_imbalance",),
    "dead": ("dead_filters",),
    "overfit": ("overfitting",),
    "vanishing": ("vanishing_gradients",),
    "frozen": ("layer_stopped",),
}
OTHERS = {
    "forgetting": (),
    "noise": (),
    "rate": ("ExplodingTensor", "WeightUpdateRatio"),
    "imbalance": ("ClassImbalance",),
    "dead": (),
    "overfit": ("Overfit", "Overtraining"),
    "vanishing": ("VanishingGradient",),
    "frozen": ("UnchangedTensor",),
}
_SETS = {"report": reported, "development": development, "rates": rates}
# The error shows it: this much above its best so far, at so many validations in a row.
_WORSE, _FOR, _BURN_IN = 0.02, 5, 8


@dataclass(frozen=True)
class Outcome:
    """What was said of a training.

    Attributes:
        case: The training.
        alarms: Of ours, most severe first.
        others: First steps of what other rules say, by rule, by whose.
        shows: The step at which the validation error shows it; None: it never does.
        onset: From which step on it is sick.
        every: Iterations from dump to dump.
    """

    case: Case
    alarms: Sequence[Sign]
    others: dict[str, dict[str, int]]
    shows: int | None
    onset: int
    every: int

    @property
    def named(self) -> list[Sign]:
        """The alarms of the right kind."""
        return [each for each in self.alarms if each.kind.name in NAMES.get(self.case.kind, ())]


def main() -> None:
    """The command."""
    parser = command("scripts/bench signs", __doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--set", choices=list(_SETS), default="report")
    parser.add_argument("--keep", type=Path, help="where logs are, or are to be")
    parser.add_argument("--only", default="", help="only trainings whose names have this")
    parser.add_argument("--cost", action="store_true", help="what signs cost, and nothing else")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.cost:
        print(measure_cost())
        return
    cases = list(_SETS[options.set](options.data))
    cases = [each for each in cases if options.only in each.name]
    with tempfile.TemporaryDirectory() as directory:
        folder = options.keep or Path(directory)
        outcomes = [_outcome(case, folder) for case in cases]
    print(f"{options.set} set, version {__version__}, torch {torch.__version__}, numpy", end=" ")
    print(f"{np.__version__}, {time.strftime('%Y-%m-%d')}, {len(outcomes)} trainings\n")
    _report(outcomes)


def _outcome(case: Case, folder: Path) -> Outcome:
    run, note = folder / case.name, folder / f"{case.name}.json"
    if not note.exists():
        onset = train(case, run)
        note.write_text(json.dumps({"onset": onset}))
        print(f"trained {case.name}", file=sys.stderr, flush=True)
    onset = json.loads(note.read_text())["onset"]
    followed = Run(case.name, run, features.kinds())
    followed.refresh()
    watch = Watch()
    watch.take(followed.snapshot)
    courses = watch.images
    mine = Courses(followed.snapshot, courses["validation"], courses.get("train"))
    others = {
        "SentryCam": dict(sentrycam(mine)),
        "early stopping": dict(early_stopping(mine)),
        "SageMaker": dict(sagemaker(mine)),
    }
    steps = mine.validation.steps
    return Outcome(
        case,
        [each for each in watch.signs if each.severity >= ALARM],
        others,
        _shows(1 - mine.validation.accuracy.values[:, 0], steps, onset),
        onset,
        int(np.median(np.diff(steps))),
    )


def _shows(error: np.ndarray, steps: Sequence[int], onset: int) -> int | None:
    """The first of `_FOR` validations in a row whose error is `_WORSE` above its best so far."""
    best = np.fmin.accumulate(error)
    worse = ~(error < best + _WORSE)
    for row in range(_BURN_IN, len(error) - _FOR + 1):
        if steps[row] >= onset and worse[row : row + _FOR].all():
            return steps[row]
    return None


def _report(outcomes: Sequence[Outcome]) -> None:
    healthy = [each for each in outcomes if each.case.kind == HEALTHY]
    sick = [each for each in outcomes if each.case.kind != HEALTHY]
    print("| rule | alarms of the healthy | sick with an alarm | of the right kind |")
    print("|---|---|---|---|")
    wrong = sum(bool(each.alarms) for each in healthy)
    some, right = sum(bool(each.alarms) for each in sick), sum(bool(each.named) for each in sick)
    print(f"| signs | {wrong} of {len(healthy)} | {some} of {len(sick)} | {right} |")
    for whose in ("SentryCam", "early stopping", "SageMaker"):
        wrong = sum(bool(each.others[whose]) for each in healthy)
        some = sum(bool(each.others[whose]) for each in sick)
        named = sum(bool(set(OTHERS[each.case.kind]) & set(each.others[whose])) for each in sick)
        kinds = str(named) if whose == "SageMaker" else "names none"
        print(f"| {whose} | {wrong} of {len(healthy)} | {some} of {len(sick)} | {kinds} |")
    print("\n| sickness | trainings | named | first in the list | dumps before the error | never |")
    print("|---|---|---|---|---|---|")
    leads: list[float] = []
    for kind in SICK:
        own = [each for each in sick if each.case.kind == kind]
        if not own:
            continue
        told = [each for each in own if each.named]
        first = sum(each.alarms[0] in each.named for each in told)
        some_leads = [_lead(each) for each in told if each.shows is not None]
        leads += some_leads
        lead = f"{np.median(some_leads):+.0f}" if some_leads else ""
        never = sum(each.shows is None for each in own)
        print(f"| {kind} | {len(own)} | {len(told)} | {first} | {lead} | {never} |")
    if leads:
        print(f"\nDumps before the error shows it: median {np.median(leads):+.1f} of {len(leads)}")
    print("\nSageMaker's rules, alarms of healthy and of sick trainings:")
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for each in outcomes:
        for rule in each.others["SageMaker"]:
            counts[rule][each.case.kind != HEALTHY] += 1
    for rule, (of_healthy, of_sick) in sorted(counts.items()):
        print(f"  {rule}: {of_healthy}, {of_sick}")
    print("\nAlarms of healthy trainings, and sick ones that were not named:")
    for each in outcomes:
        if bool(each.alarms) if each.case.kind == HEALTHY else not each.named:
            said = (f"{a.kind.name} {a.severity:.2f} at {a.first_step}" for a in each.alarms)
            print(f"  {each.case.name}: {', '.join(said) or 'nothing'}")


def _lead(outcome: Outcome) -> float:
    """Dumps between the first alarm of the right kind and the error."""
    assert outcome.shows is not None
    first = min(each.first_step for each in outcome.named)
    return (outcome.shows - first) / outcome.every


if __name__ == "__main__":
    main()
