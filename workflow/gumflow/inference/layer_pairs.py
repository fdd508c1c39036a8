"""Whether two relations of a cluster go together: do firms learn from those whom they trust, meet and trade with?

Every two layers of a cluster and wave are correlated over all ordered pairs of its actors and tested by the quadratic assignment
procedure (`qap`), since pairs that share an actor are not independent.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.scores import scores_table
from gumflow.contract.seeding import seed_for
from gumflow.inference.qap import FEWEST_ACTORS, qap_correlation
from gumflow.measures.registry import COMPLETE, measure, withheld_reason
from gumflow.networks.cells import cell_tables
from gumflow.networks.graph import Network
from gumflow.networks.layers import LAYERS
from gumflow.networks.observation import is_observed

LARGEST = 1000
Row = dict[str, object]


def relate_layers(
    cells: pd.DataFrame,
    actors: pd.DataFrame,
    ties: pd.DataFrame,
    roster: pd.DataFrame,
    *,
    permutations: int,
    seed: int,
) -> pd.DataFrame:
    """Correlate every two layers of each cluster and wave that have ties inside the cluster; return rows of `scores`.

    A row has unit_kind layer_pair, unit "a | b", n = pairs of actors observed in both layers; measures are
    `layer_qap_correlation` (binary ties, both directions) and `layer_qap_p` (two-sided). A cluster whose layers cannot be
    compared has one row with the reason.
    """
    rows: list[Row] = []
    for cell in cells.to_dict("records"):
        at = cell_tables(cell, actors, ties, roster, seed, single_layers=True)
        layers = [n for n in at.networks if n.name in LAYERS and not n.leaves_cluster and n.arcs]
        rows += [
            {**at.head, **row}
            for row in _related(layers, permutations) or [_reason_row(at.networks[0], cell)]
        ]
    return scores_table(rows)


def _related(layers: Sequence[Network], permutations: int) -> list[Row]:
    if any(_reason(layer) for layer in layers):
        return []
    matrices = {layer.name: as_matrix(layer) for layer in layers}
    rows: list[Row] = []
    for a, b in combinations(layers, 2):
        row: Row = {
            "unit_kind": "layer_pair",
            "unit": f"{a.name} | {b.name}",
            "method": f"QAP, {permutations} permutations",
        }
        seed = seed_for(a.seed, "qap", b.name)
        try:
            found = qap_correlation(matrices[a.name], matrices[b.name], seed=seed, permutations=permutations)
            values = {"layer_qap_correlation": found.correlation, "layer_qap_p": found.p_two_sided}
            rows += [
                row | {"measure": name, "value": value, "n": found.n_dyads} for name, value in values.items()
            ]
        except GumflowError as error:
            rows.append(row | {"measure": "layer_qap_correlation", "withheld": f"undefined: {error}"})
    return rows


def as_matrix(network: Network, strength: bool = False) -> np.ndarray:
    """Return a network as an n x n matrix of ones and zeros, or of strengths, NaN where a pair was not observed."""
    matrix = np.zeros((network.size, network.size))
    matrix[network.source, network.target] = network.strength if strength else 1.0
    row, column = np.nonzero(~np.eye(network.size, dtype=bool))
    missing = ~is_observed(network, row, column)
    matrix[row[missing], column[missing]] = math.nan
    return matrix


def _reason(network: Network) -> str:
    if network.size < FEWEST_ACTORS:
        return f"undefined: fewer than {FEWEST_ACTORS} actors"
    return withheld_reason("layer_qap_correlation", network) or ""


def _reason_row(network: Network, cell: Mapping[str, str]) -> Row:
    why = _reason(network) or "undefined: fewer than two layers have ties inside the cluster"
    return {
        "unit_kind": "network", "unit": cell["cluster"], "layer": network.name, "measure": "layer_qap_correlation",
        "withheld": why, "method": f"boundary {network.boundary}",
    }  # fmt: skip


for _name, _en, _zh, _definition, _formula in (
    (
        "layer_qap_correlation", "Correlation of two layers", "两层关系的相关（QAP）",
        "Correlation of the ties of two layers over all ordered pairs of actors that were observed in both.",
        "Pearson r of A and B off the diagonal",
    ),
    (
        "layer_qap_p", "Correlation of two layers, p", "两层关系的相关（QAP p 值）",
        "Share of the permutations of actors in which the correlation of two layers is as far from zero; small: the layers go together more than any labeling of actors would give.",
        "(1 + #{|r*| >= |r|}) / (1 + permutations)",
    ),
):  # fmt: skip
    measure(
        name=_name, level="cluster", label_en=_en, label_zh=_zh, definition=_definition, formula=_formula,
        source="Krackhardt 1988, QAP correlation", boundaries=COMPLETE, reads="observed", cost="sampled", largest=LARGEST,
        undefined="a layer is tied everywhere or nowhere among the observed pairs",
    )(relate_layers)  # fmt: skip
