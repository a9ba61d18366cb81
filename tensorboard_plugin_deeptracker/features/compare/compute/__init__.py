"""What is computed of several runs together."""

from .align import Alignment, align
from .alike import Alike, alike
from .courses import AXES, known_axes, places
from .grid import Grid, grid
from .many import Many, When, learned, many, when
from .neighbours import Shared, shared_neighbours
from .order import order, outliers, unusual
from .over_time import course, reached
from .pair import Changed, Counts, Pair, pair
from .pictures import differing_pictures
from .recipe import Network, named, network_of, recipes, recipes_of_names
from .results import Run, by_name, runs_of
from .sweep import moves, varying

__all__ = [
    "AXES",
    "Alignment",
    "Alike",
    "Changed",
    "Counts",
    "Grid",
    "Many",
    "Network",
    "Pair",
    "Run",
    "Shared",
    "When",
    "align",
    "alike",
    "by_name",
    "course",
    "differing_pictures",
    "grid",
    "known_axes",
    "learned",
    "many",
    "moves",
    "named",
    "network_of",
    "order",
    "outliers",
    "pair",
    "places",
    "reached",
    "recipes",
    "recipes_of_names",
    "runs_of",
    "shared_neighbours",
    "unusual",
    "varying",
    "when",
]
