"""Questions about several runs together."""

from . import histories, many, maps, pair

ROUTES = (*pair.ROUTES, *histories.ROUTES, *many.ROUTES, *maps.ROUTES)
