"""The planted truth of the standing log: what a viewer must find in it.

The findings are those of the paper's section 8, so that each can be repeated.
Times are positions in the sequence of dumps and validations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEP_INTERVAL = 1600
IMAGES_PER_CLASS = 50
STAGES = (0.30, 0.60, 0.85)
CLUSTERS = 4
# Of a class with an episode, the images that flip: all with the episode's background.
FLIPPING = tuple(image for image in range(IMAGES_PER_CLASS) if image % 10 < 7)
# How long these images are wrong before they are learned, and right after it, in validations.
BEFORE, AFTER = 12, 20


@dataclass(frozen=True)
class Episode:
    """Filters that jump at some validations, at which images of some classes flip.

    Attributes:
        name: Its letter in the paper's Fig. 9.
        layer: Name of the layer.
        filters: Positions in the layer.
        flips: Pairs of a validation and the classes whose `FLIPPING` images are
            learned there.
        look: What is behind these images, and behind no other of these classes.
    """

    name: str
    layer: str
    filters: tuple[int, ...]
    flips: tuple[tuple[int, tuple[int, ...]], ...]
    look: str

    @property
    def turns(self) -> tuple[int, ...]:
        """The validations at which images flip, to wrong or to right."""
        return tuple(t for at, _ in self.flips for t in (at - BEFORE, at, at + AFTER))


@dataclass(frozen=True)
class Truth:
    """All that is planted.

    Attributes:
        stage: Learning-rate stage (0 to 3) of each dump: int[dumps].
        cluster: Difficulty (0 easy to 3 hard) of each class: int[classes].
        peaks: Three validations in stage 0 at which the error of all classes peaks.
        flipping_class: Nearly all images of this class flip for good ...
        flipping_at: ... at this validation ...
        always_wrong: ... but for these of its images, which are never learned.
        dead: Filters of the first layer that never change.
        restless_layer: A middle layer ...
        restless: ... of which these filters never stop changing.
        episodes: Filters and classes that move together.
        shared: Filters of shallow layers, a layer and positions in it, that jump ...
        shared_at: ... at these dumps, at which images of many classes flip. Where images of
            one or a few classes flip, filters of deep layers move, each time others.
    """

    stage: NDArray[np.int64]
    cluster: NDArray[np.int64]
    peaks: tuple[int, int, int]
    flipping_class: int
    flipping_at: int
    always_wrong: tuple[int, ...]
    dead: tuple[int, ...]
    restless_layer: str
    restless: tuple[int, ...]
    episodes: tuple[Episode, ...]
    shared: tuple[tuple[str, tuple[int, ...]], ...]
    shared_at: tuple[int, ...]

    @property
    def drops(self) -> tuple[int, ...]:
        """The first dump of each learning-rate stage but the first."""
        return tuple(int(t) + 1 for t in np.flatnonzero(np.diff(self.stage)))


def plant(dumps: int = 750, classes: int = 1000) -> Truth:
    """The truth of a log of `dumps` dumps and `classes` classes.

    Raises:
        ValueError: The log is too short or has too few classes to hold it.
    """
    if dumps < 100 or classes < 40:
        raise ValueError(
            f"the planted truth needs at least 100 dumps and 40 classes, not {dumps} and {classes}"
        )

    def at(fraction: float) -> int:
        return int(fraction * dumps)

    stage = np.searchsorted([at(f) for f in STAGES], np.arange(dumps), side="right")
    cluster = np.arange(classes) * 7 % CLUSTERS
    # The classes of the episodes are of middling difficulty: they have something to learn.
    middling = [int(c) for c in np.flatnonzero(cluster == 2)]
    blue, bush, gong = tuple(middling[2:10]), tuple(middling[10:13]), (middling[1],)
    peaks = (at(0.08), at(0.15), at(0.22))
    episodes = (
        Episode("b1", "conv1", (3, 17, 29), ((at(0.50), blue[:4]), (at(0.55), blue[4:])), "sky"),
        Episode(
            "b2", "layer4.1.conv3", (100, 101, 102, 103, 104, 105), ((at(0.65), bush),), "bush"
        ),
        Episode("c1", "layer3.4.conv2", (7, 19), ((at(0.35), gong), (at(0.40), gong)), "temple"),
    )
    together = {at(fraction) for fraction in STAGES} | set(episodes[0].turns)
    together |= {peak + after for peak in peaks for after in (0, 1)}
    return Truth(
        stage=stage,
        cluster=cluster,
        peaks=peaks,
        flipping_class=middling[0],
        flipping_at=at(0.45),
        always_wrong=(46, 47, 48, 49),
        dead=(12, 40),
        restless_layer="layer2.2.conv2",
        restless=(5, 31, 77),
        episodes=episodes,
        shared=tuple(
            (layer, tuple(range(64 - count, 64)))
            for layer, count in (
                ("conv1", 14),
                *((f"layer1.{block}.conv{i}", 8) for block in range(3) for i in (1, 2, 3)),
                ("layer2.0.conv1", 8),
                ("layer2.1.conv2", 6),
            )
        ),
        shared_at=tuple(sorted(together)),
    )
