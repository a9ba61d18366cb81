"""umap-learn's and openTSNE's layouts with warm starts; run by the environment that has them.

others.py NAME GIVEN FOUND SEED: GIVEN has `features` [dumps, images, dimensions] and `new` [dumps,
others, dimensions]; FOUND gets `places` and `new` [..., 2] and `seconds` of CPU time a frame.
Settings are the libraries' own but for the start: from the places of the frame before.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

_NEIGHBOURS = 15
# openTSNE's own numbers of iterations; those with exaggeration would undo a warm start.
_FIRST, _LATER = (250, 500), 500
_EXAGGERATION = 12


def umap(features: Any, new: Any, last: Any, seed: int) -> tuple[Any, float, Any]:
    """A frame of umap-learn's."""
    from umap import UMAP

    start = "spectral" if last is None else last
    model = UMAP(n_neighbors=_NEIGHBOURS, init=start, random_state=seed, n_jobs=1)
    began = time.process_time()
    places = model.fit_transform(features)
    return places, time.process_time() - began, model.transform(new)


def opentsne(features: Any, new: Any, last: Any, seed: int) -> tuple[Any, float, Any]:
    """A frame of openTSNE's."""
    from openTSNE import TSNEEmbedding, affinity, initialization

    began = time.process_time()
    near = affinity.PerplexityBasedNN(features, method="exact", n_jobs=1, random_state=seed)
    start = initialization.pca(features, random_state=seed) if last is None else last
    model = TSNEEmbedding(start, near, n_jobs=1, random_state=seed)
    if last is None:
        model = model.optimize(_FIRST[0], exaggeration=_EXAGGERATION, momentum=0.5)
    model = model.optimize(_FIRST[1] if last is None else _LATER, momentum=0.8)
    seconds = time.process_time() - began
    return np.asarray(model), seconds, np.asarray(model.transform(new))


def main() -> None:
    """The command."""
    name, given, found, seed = sys.argv[1:]
    draw = {"umap": umap, "opentsne": opentsne}[name]
    with np.load(given) as arrays:
        features, new = arrays["features"], arrays["new"]
    draw(features[0, :200], new[0, :20], None, 0)  # Compiles, and is not measured.
    rows: list[tuple[Any, float, Any]] = []
    for own, others in zip(features, new, strict=True):
        last = rows[-1][0] if rows else None
        rows.append(draw(own, others, last, int(seed)))
    places, seconds, of_new = zip(*rows, strict=True)
    np.savez(found, places=np.stack(places), seconds=np.array(seconds), new=np.stack(of_new))


if __name__ == "__main__":
    main()
