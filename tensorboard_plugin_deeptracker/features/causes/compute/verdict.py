"""Which effects count as causes."""

from __future__ import annotations

from .rows import Found

# At most so large, `q` says that an effect is more than chance.
SIGNIFICANT = 0.05
# Of the flips, more than by chance: less is no cause, however sure it is.
LEAST = 0.1
# Of a whole layer there is no chance to compare with: it did it if so many flips revert.
_MOST = 0.5


def is_beyond_chance(found: Found) -> bool:
    """Whether notably more images change than by chance, or of a whole layer most of them."""
    if found.measured.draws == 0:
        return share(found) >= _MOST
    return found.q <= SIGNIFICANT and share(found) >= LEAST


def excess(found: Found) -> float:
    """How many more images change than by chance."""
    measured = found.measured
    return measured.changed - (measured.chance if measured.draws else 0)


def share(found: Found) -> float:
    """The same as a share of all of the kind."""
    return excess(found) / max(1, found.measured.images)
