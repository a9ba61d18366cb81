"""Rules about representations."""

from __future__ import annotations

import numpy as np

from ...findings.compute import REVIVE
from ...findings.compute import Remedy as Advice
from .judge import BURN_IN, Floats, held, median, z_of
from .of_images import NOT_FINITE
from .representations import FeaturesCourse
from .rule import Rule
from .sign import Kind

_OVERLAP, _OVERLAP_Z = 0.08, 6.0
# Healthy trainings lose, and win back, up to a seventh of their best.
_PURITY, _PURITY_LISTED, _PURITY_FOR = 0.2, 0.06, 5
_COLLAPSED, _DEAD, _DIED, _FOR = 0.4, 0.5, 0.2, 5


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
    f" is at least {_PURITY:.0%} below the best so far, of those after the first {BURN_IN}; from"
    f" {_PURITY_LISTED:.0%} on it is listed.",
    "representations",
    "design of this project, section 11",
    Advice(
        "Compare the map with that at the best purity: the classes that mix are those to look at.",
        "Yang et al., DeepVisualInsight",
        "https://arxiv.org/abs/2201.01155",
    ),
)


def _collapse(course: FeaturesCourse, row: int) -> Floats:
    between = course.between.values[BURN_IN : row + 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        left = 1 - between / np.fmax.accumulate(between)
    return np.maximum(held(left, row - BURN_IN, _FOR), 0) / _COLLAPSED


def _says_collapse(course: FeaturesCourse, thing: int, first: int, last: int) -> str:
    del thing
    between = course.between.values[:, 0]
    best = float(np.nanmax(between[BURN_IN : first + 1]))
    return f"{between[last]:.0%} of the features' variance is between classes; it was {best:.0%}."


COLLAPSE = Kind(
    "classes_collapse",
    "representations",
    "Classes fall together",
    f"At {_FOR} records in a row, the share of the features' variance that is between the classes'"
    f" centres is at least {_COLLAPSED:.0%} below its highest so far, of those after the first"
    f" {BURN_IN}.",
    "representations (not of older logs)",
    "Papyan et al. 2020 (within against between); SentryCam",
    Advice(
        "Compare the map before and after; look at the learning rate and at what is trained on.",
        "Yang et al., SentryCam",
        "https://github.com/xianglinyang/SentryCam",
    ),
)


def _dead(course: FeaturesCourse, row: int) -> Floats:
    constant = course.constant.values[: row + 1]
    more = constant - np.fmin.accumulate(constant)
    both = np.minimum(constant / _DEAD, more / _DIED)
    return np.maximum(held(both, row, _FOR), 0)


def _says_dead(course: FeaturesCourse, thing: int, first: int, last: int) -> str:
    del thing
    constant = course.constant.values[:, 0]
    return (
        f"{constant[last]:.0%} of the features' dimensions are the same for all images;"
        f" {np.nanmin(constant[: first + 1]):.0%} were."
    )


DEAD = Kind(
    "dead_dimensions",
    "representations",
    "Dimensions of the features die",
    f"At {_FOR} records in a row, at least {_DEAD:.0%} of the dimensions are the same for all"
    f" images, and at least {_DIED:.0%} more than at the least so far.",
    "representations (not of older logs)",
    "Lu et al. 2019, Dying ReLU",
    REVIVE,
)


def _rank(course: FeaturesCourse, row: int) -> Floats:
    rank = course.rank.values
    if row < 2 * BURN_IN + _FOR:
        return np.zeros(1)
    start = row + 1 - _FOR
    usual = median(rank[start - BURN_IN : start])
    with np.errstate(divide="ignore", invalid="ignore"):
        halvings = np.log2(usual / rank[start : row + 1].max(axis=0))
    times: Floats = np.maximum(np.nan_to_num(halvings, nan=0.0, posinf=60.0), 0)
    return times


def _says_rank(course: FeaturesCourse, thing: int, first: int, last: int) -> str:
    del thing
    rank = course.rank.values
    start = first + 1 - _FOR
    usual = float(median(rank[start - BURN_IN : start])[0])
    return f"The features use {rank[last, 0]:.1f} directions; they used {usual:.1f}."


RANK = Kind(
    "rank_falling",
    "representations",
    "Features use fewer directions",
    f"At {_FOR} records in a row, the effective rank (participation ratio) is at most half its"
    f" median of the {BURN_IN} before; from the {2 * BURN_IN + _FOR + 1}th record on, as it falls"
    " anyway at first.",
    "representations (not of older logs)",
    "Kumar et al. 2021, Implicit under-parameterization",
    Advice(
        "Lower the learning rate, and look for layers with dead filters.",
        "Kumar et al. 2021",
        "https://arxiv.org/abs/2010.14498",
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
    Rule(PURITY, _purity, _says_purity, listed=_PURITY_LISTED / _PURITY),
    Rule(COLLAPSE, _collapse, _says_collapse),
    Rule(DEAD, _dead, _says_dead),
    Rule(RANK, _rank, _says_rank),
)
