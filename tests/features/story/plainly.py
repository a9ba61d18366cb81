"""What is to be told of a run, by plain loops over what was logged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeAlias

import numpy as np

from tensorboard_plugin_deeptracker.features.images.records import IMAGE_SETS
from tensorboard_plugin_deeptracker.features.validation.compute import predictions
from tensorboard_plugin_deeptracker.features.validation.records import VALIDATIONS
from tensorboard_plugin_deeptracker.index.run import Snapshot
from tensorboard_plugin_deeptracker.index.scalars import scalars

# Takes a kind and a text.
Tell: TypeAlias = Callable[[str, str], None]


@dataclass(frozen=True)
class Logged:
    """Predictions of an image set; negative: not evaluated. Rates: iterations and values."""

    names: Sequence[str]
    labels: Sequence[int]
    steps: Sequence[int]
    predicted: Sequence[Sequence[int]]
    rates: Sequence[tuple[int, float]] = field(default_factory=tuple)
    name: str = "validation"

    @classmethod
    def of(cls, snapshot: Snapshot, name: str = "validation") -> Logged:
        images = snapshot.of(IMAGE_SETS, name)
        assert images is not None
        rate = scalars(snapshot).get("learning_rate")
        return cls(
            images.class_names,
            images.labels.tolist(),
            snapshot.steps(VALIDATIONS, name).tolist(),
            predictions(snapshot.of(VALIDATIONS, name), len(images.labels)).tolist(),
            []
            if rate is None
            else list(zip(rate.steps.tolist(), rate.values.tolist(), strict=True)),
            name,
        )

    def result(self, v: int, i: int) -> bool | None:
        predicted = self.predicted[v][i]
        return None if predicted < 0 else predicted == self.labels[i]

    def of_class(self, c: int) -> list[int]:
        return [i for i, label in enumerate(self.labels) if label == c]

    def right(self, v: int, images: Sequence[int]) -> int:
        return sum(self.result(v, i) is True for i in images)

    def seen(self, v: int, images: Sequence[int]) -> int:
        return sum(self.result(v, i) is not None for i in images)

    def moved(self, a: int, b: int, images: Sequence[int]) -> tuple[int, int]:
        """Images that are wrong at a and right at b, and the other way round."""
        pairs = [(self.result(a, i), self.result(b, i)) for i in images]
        return pairs.count((False, True)), pairs.count((True, False))

    def error(self, v: int) -> float:
        every = range(len(self.labels))
        seen = self.seen(v, every)
        return 1 - self.right(v, every) / seen if seen else np.nan


def percent(value: float) -> str:
    return f"{100 * value:.0f}%" if value in (0, 1) else f"{100 * value:.1f}%"


def listed(names: Sequence[str]) -> str:
    if len(names) > 5:
        names = [*names[:4], f"{len(names) - 4} others"]
    if len(names) == 1:
        return named(names[0])
    return f"classes {', '.join(names[:-1])} and {names[-1]}"


def named(name: str) -> str:
    return name if name.startswith("class") else f"class {name}"


def images(count: int, verb: bool = True) -> str:
    if not verb:
        return f"{count:,} image" + "s" * (count != 1)
    return f"{count:,} image was" if count == 1 else f"{count:,} images were"


def expected(log: Logged) -> dict[str, list[str]]:
    """Texts by kind: of classes, the error, moments, rates and confusion."""
    told: dict[str, list[str]] = {}

    def tell(kind: str, text: str) -> None:
        told.setdefault(kind, []).append(text[0].upper() + text[1:])

    if not _classes(log, tell):
        return told
    _moments(log, tell)
    _rates(log, tell)
    _end(log, tell)
    return told


def _classes(log: Logged, tell: Tell) -> bool:
    validations = range(len(log.steps))
    learned: dict[int, int] = {}
    for c in range(len(log.names)):
        own = log.of_class(c)

        def is_learned(v: int, c: int = c, own: list[int] = own) -> bool:
            right, seen = log.right(v, own), log.seen(v, own)
            if not seen or 2 * right < seen:
                return False
            as_class = list(log.predicted[v]).count(c)
            share = seen / log.seen(v, range(len(log.labels)))
            precision = right / as_class
            return precision > 0.5 or precision > 2 * share + 1e-12

        for v in validations[:-1]:
            if is_learned(v) and is_learned(v + 1):
                learned[c] = v
                break
    for word, choose in (("first", min), ("last", max)):
        if not learned:
            return False
        if word == "last" and len(set(learned.values())) == 1:
            continue
        at = choose(learned.values())
        own = [c for c, v in learned.items() if v == at]
        step = f"iteration {log.steps[at]:,}"
        if len(own) == 1:
            ids = log.of_class(own[0])
            rate = percent(log.right(at, ids) / log.seen(at, ids))
            who = named(log.names[own[0]])
            text = f"{who} was learned {word}: at {step}, {rate} of its images are right."
        else:
            who = listed([log.names[c] for c in own])
            when = f"learned {word}"
            if len(own) == len(log.names):
                who, when = f"all {len(own)} classes", "learned at once"
            text = f"{who} were {when}: at {step}, at least half of the images of each are right."
        tell(f"learned_{word}", text)
    best: dict[int, tuple[float, int]] = {}
    for c in range(len(log.names)):
        own = log.of_class(c)
        rates = [
            (log.right(v, own) / log.seen(v, own), -v) for v in validations if log.seen(v, own)
        ]
        if rates:
            best[c] = max(rates)
    never = [c for c, (rate, _) in best.items() if rate < 0.5]
    if len(never) == 1:
        most, v = best[never[0]]
        tell(
            "never_learned",
            f"{named(log.names[never[0]])} was never learned: at most {percent(most)} of its images"
            f" were right at once, at iteration {log.steps[-v]:,}.",
        )
    elif never:
        who = listed([log.names[c] for c in never])
        tell(
            "never_learned",
            f"{who} were never learned: at no validation were half of their images right.",
        )
    last = validations[-1]
    lost = []
    for c in learned:
        own = log.of_class(c)
        if log.seen(last, own):
            now = log.right(last, own) / log.seen(last, own)
            if now < 0.5 and best[c][0] - now >= 0.3:
                lost.append(c)
    lost.sort()
    if lost:
        own = [i for c in lost for i in log.of_class(c)]
        joint = [log.right(v, own) / max(1, log.seen(v, own)) for v in validations]
        top = joint.index(max(joint))
        one = len(lost) == 1
        tell(
            "lost",
            f"{listed([log.names[c] for c in lost])} {'was' if one else 'were'} learned and lost"
            f" again: of {'its' if one else 'their'} images {percent(joint[top])} are right at"
            f" iteration {log.steps[top]:,}, {percent(joint[-1])} at iteration {log.steps[-1]:,}.",
        )
    return True


def _moments(log: Logged, tell: Tell) -> None:
    every = range(len(log.labels))
    changes = [(0, 0), *(log.moved(v - 1, v, every) for v in range(1, len(log.steps)))]
    right = [log.right(v, every) for v in range(len(log.steps))]
    begun = next(v for v, n in enumerate(right) if 2 * n >= max(right))
    for kind, own, other, first in (("forgotten", 1, 0, 1), ("learned", 0, 1, begun + 1)):
        if first >= len(changes):
            continue
        net = [change[own] - change[other] for change in changes]
        top = max(range(first, len(net)), key=lambda v: (net[v], -v))
        usual = median(change[own] for change in changes[1:])
        least = max(5, 0.05 * log.seen(top, every))
        if net[top] < least or changes[top][own] < 3 * usual:
            continue
        of_class = [log.moved(top - 1, top, log.of_class(c))[own] for c in range(len(log.names))]
        most = of_class.index(max(of_class))
        mostly = f" ({of_class[most]:,} of {named(log.names[most])})"
        text = (
            f"at iteration {log.steps[top]:,}, {images(changes[top][own])} {kind} at once"
            f"{mostly if of_class[most] >= 0.4 * changes[top][own] else ''} and"
            f" {changes[top][other]:,} {('learned', 'forgotten')[other]}."
        )
        tell(f"{kind}_at_once", text)


def _rates(log: Logged, tell: Tell) -> None:
    falls = [
        (step, before, now)
        for (_, before), (step, now) in zip(log.rates, log.rates[1:], strict=False)
        if now <= 0.7 * before
    ]
    every = range(len(log.labels))
    texts = []
    for k, (step, was, now) in enumerate(falls):
        earlier = [v for v, at in enumerate(log.steps) if at < step]
        end = int(step + 0.05 * (log.steps[-1] - log.steps[0]))
        if k + 1 < len(falls):
            end = min(end, falls[k + 1][0] - 1)
        until = [v for v, at in enumerate(log.steps) if at <= end]
        if not earlier or earlier[-1] + 1 >= len(log.steps):
            continue
        a = earlier[-1]
        b = max(until[-1] if until else -1, a + 1)
        learned, forgotten = log.moved(a, b, every)
        texts.append(
            (
                abs(learned - forgotten),
                f"at iteration {step:,} the learning rate fell from {was:.3g} to {now:.3g}: from"
                f" iteration {log.steps[a]:,} to {log.steps[b]:,}, {images(learned)} learned and"
                f" {forgotten:,} forgotten.",
            )
        )
    for _, text in sorted(texts, key=lambda each: -each[0])[:2]:
        tell("rate_fell", text)


def _end(log: Logged, tell: Tell) -> None:
    errors = [(log.error(v), v) for v in range(len(log.steps)) if not np.isnan(log.error(v))]
    if errors and errors[0][0] - min(errors)[0] >= 0.05 - 1e-9:
        (lowest, best), (end, last) = min(errors), errors[-1]
        if abs(lowest - end) < 1e-9:
            end_step = f"iteration {log.steps[last]:,}"
            text = f"the error is lowest at the end, at {end_step}: {percent(lowest)}."
        else:
            text = (
                f"the error is lowest at iteration {log.steps[best]:,}, {percent(lowest)}; at the"
                f" end, at iteration {log.steps[last]:,}, it is {percent(end)}."
            )
        tell("error", text)
    last_row = log.predicted[-1]
    cells = Counter(
        (label, predicted)
        for label, predicted in zip(log.labels, last_row, strict=True)
        if 0 <= predicted < len(log.names) and predicted != label
    )
    if cells:
        both = {(a, b): n + cells.get((b, a), 0) for (a, b), n in cells.items()}
        a, b = max(cells, key=lambda cell: (both[cell], cells[cell], -cell[0], -cell[1]))
        seen = log.seen(len(log.steps) - 1, log.of_class(a))
        if cells[a, b] >= 3 and cells[a, b] >= 0.1 * seen:
            tell(
                "confused",
                f"at the end, {cells[a, b]:,} of the {seen:,} images of {named(log.names[a])} are"
                f" predicted as {named(log.names[b])}, and {cells[b, a]:,} the other way round.",
            )
    looked_at = [
        (i, [log.result(v, i) for v in range(len(log.steps))]) for i in range(len(log.labels))
    ]
    seen_at_all = [i for i, results in looked_at if set(results) != {None}]
    never = [i for i in seen_at_all if True not in looked_at[i][1]]
    if 0 < len(never) <= len(seen_at_all) / 2:
        per_class = Counter(log.labels[i] for i in never)
        most = max(per_class, key=lambda c: (per_class[c], -c))
        of_class = f", {per_class[most]:,} of them of {named(log.names[most])}"
        mostly = len(never) > 1 and per_class[most] >= 0.4 * len(never)
        tell(
            "never_right",
            f"{len(never):,} of {images(len(seen_at_all), verb=False)} of {log.name}"
            f" {'was' if len(never) == 1 else 'were'} never right{of_class if mostly else ''}.",
        )
