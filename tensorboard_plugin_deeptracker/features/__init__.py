"""What the product shows: a folder for each kind of data, put in by one line of the list.

Inside a folder, file names are roles: `records` (what the log holds), `log` (the writer's
methods), `compute` (answers as arrays), `routes` (the same over HTTP), `commands` (the same on the
command line). A feature needs only some of them, and uses of other features what the modules of
these names export.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..events.kinds import Kinds
    from ..http.route import Route

# Later ones may use earlier ones.
FEATURES = (
    "layers",
    "kernels",
    "images",
    "validation",
    "histories",
    "map",
    "confusion",
    "correlation",
    "causes",
    "findings",
    "signs",
    "suggested",
    "story",
    "compare",
)


@cache
def kinds() -> Kinds:
    """All kinds of records."""
    # Whoever only asks which features there are does not wait for numpy.
    from ..events.kinds import Kinds
    from ..events.session import SESSION

    return Kinds([SESSION, *(kind for records in role("records") for kind in records.KINDS)])


@cache
def routes() -> tuple[Route, ...]:
    """The questions about a run that all features answer."""
    from ..http.runs import run_route

    modules = role("routes")
    parts = [module.RUN_PART for module in modules if hasattr(module, "RUN_PART")]
    return run_route(parts), *(route for module in modules for route in module.ROUTES)


def role(name: str) -> list[ModuleType]:
    """The modules that play a role, of the features that have one, in the order of the list.

    The others are not imported: the writer needs no server, the viewer no PyTorch.

    Args:
        name: "records", "log", "compute", "routes" or "commands".
    """
    paths = (f"{__name__}.{feature}.{name}" for feature in FEATURES)
    return [importlib.import_module(path) for path in paths if importlib.util.find_spec(path)]
