"""Rules about representations."""

from __future__ import annotations

import numpy as np

from ...findings.compute import Remedy as Advice
from .judge import BURN_IN, Floats, held, median, z_of
from .of_images import NOT_FINITE
from .representations import FeaturesCourse
from .rule import Rule
from .sign import Kind

_OVERLAP, _OVERLAP_Z = 0.08, 6.0
_PURITY, _PURITY_FOR = 0.06, 5


def _overlap(course: FeaturesCourse, row: int) -> Floats:
    overlap = course.overlap.values
    if row < BURN_IN + 1:
        return np.zeros(1)
    fall = median(overlap[max(0, row - BURN_IN) : row]) - overlap[row]
    z = -z_of(overlap, row, 0.01)
    times: Floats = np.nan_to_num(np.minimum(fall / _OVERLAP, z / _OVERLAP_Z))
    return times


def _says_overlap(course: FeaturesCourse, thing: int, first: int, last: int) -> str:
    del thing, last
    overlap = course.overlap.values[:, 0]
    before = float(np.nanmedian(overlap[max(0, first - BURN_IN) : first]))
    return (
        f"Of an image's neighbours, {overlap[first]:.0%} are those of the record before;"
        f" {before:.0%} usually are."
    )


OVERLAP = Kind(
    "overlap_falling",
    "representations",
    "Neighbours change at once",
    f"The share of an image's 15 neighbours that it had at the record before is at least"
    f" {_OVERLAP:g} and {_OVERLAP_Z:g} robust standard deviations below what it was."
    " Only worth a look: healthy trainings have such records, too.",
    "representations",
    "SentryCam; design of this project, section 11",
    Advice(
        "Look at the map before and after: a change of the data or of the rate moves all of it.",
        "Yang et al., SentryCam",
        "https://github.com/xianglinyang/SentryCam",
    ),
)


def _purity(course: FeaturesCourse, row: int) -> Floats:
    purity = course.purity.values
    if row < BURN_IN + _PURITY_FOR:
        return np.zeros(1)
    known = purity[BURN_IN : row + 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        fall = 1 - known / np.fmax.accumulate(known)
    return np.maximum(held(fall, row - BURN_IN, _PURITY_FOR), 0) / _PURITY


def _says_purity(course: FeaturesCourse, thing: int, first: int, last: int) -> str:
    del thing
    purity = course.purity.values[: first + 1, 0]
    best = BURN_IN + int(np.nanargmax(purity[BURN_IN:]))
    return (
        f"{course.purity.values[last, 0]:.0%} of an image's neighbours have its label;"
        f" {purity[best]:.0%} had at {course.steps[best]:,}."
    )


PURITY = Kind(
    "purity_falling",
    "representations",
    "Classes mix in the representations",
    f"At {_PURITY_FOR} records in a row, the share of an image's 15 neighbours that have its label"
    f" is at least {_PURITY:.0%} below the best so far, of those after"
    f" the first {BURN_IN}.",
    "representations",
    "design of this project, section 11",
    Advice(
        "Compare the map with that at the best purity: the classes that mix are those to look at.",
        "Yang et al., DeepVisualInsight",
        "https://arxiv.org/abs/2201.01155",
    ),
)


def _not_finite(course: FeaturesCourse, row: int) -> Floats:
    return np.where(course.not_finite.values[row] > 0, 60.0, 0.0)


def _says_not_finite(course: FeaturesCourse, thing: int, first: int, last: int) -> str:
    del thing
    most = int(course.not_finite.values[first : last + 1].max())
    return f"Up to {most:,} images have features that are infinite or not a number."


RULES = (
    Rule(NOT_FINITE, _not_finite, _says_not_finite),
    Rule(OVERLAP, _overlap, _says_overlap, most=0.45),
    Rule(PURITY, _purity, _says_purity),
)
