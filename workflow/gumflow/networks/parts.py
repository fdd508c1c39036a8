"""Part of a network: the same actors' ties among themselves, with what was observed of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.networks.graph import Network


def part_of(network: Network, actors: NDArray[np.str_]) -> Network:
    """Return the network among some of its actors, in the order in which they are given; names that it does not hold are ignored."""
    place = pd.Index(actors).get_indexer(pd.Index(network.actors))
    inner = (place[network.source] >= 0) & (place[network.target] >= 0)
    # Networks may list actors in different orders; the position in the part decides the order of arcs.
    source, target = (
        place[network.source[inner]].astype(np.int64),
        place[network.target[inner]].astype(np.int64),
    )
    order = np.lexsort((target, source))
    chosen = np.flatnonzero(place >= 0)
    chosen = chosen[np.argsort(place[chosen])]
    unasked = (place[network.unasked[0]] >= 0) & (place[network.unasked[1]] >= 0)
    return replace(
        network,
        actors=network.actors[chosen],
        kinds=network.kinds[chosen],
        inside=network.inside[chosen],
        source=source[order],
        target=target[order],
        strength=network.strength[inner][order],
        arc_layers=network.arc_layers[inner][order],
        groups=network.groups[chosen],
        approached=network.approached[chosen],
        responded=network.responded[chosen],
        unasked=(
            place[network.unasked[0][unasked]].astype(np.int64),
            place[network.unasked[1][unasked]].astype(np.int64),
        ),
    )
