"""How the layers of a network lie on one another: overlap and correlation of layers, and actors across layers.

Layers are those in which at least one pair is tied: a layer without ties was not asked, or tells nothing of how layers overlap.
"Partners" are distinct actors tied in any direction. All is undefined with fewer than two such layers.
"""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures.dyads import pair_ends, pair_layers
from gumflow.measures.registry import COMPLETE, SHARE, get_measure, measure, withheld_reason
from gumflow.networks.graph import Network, once_per_network
from gumflow.networks.layers import BOUNDARIES
from gumflow.networks.observation import observed_pairs

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

LAYER_MEASURES = ("layer_overlap", "layer_jaccard", "layer_share_also", "layer_correlation")
LAYER_COLUMNS = ("layer_a", "layer_b", "measure", "value", "n", "withheld")
_ONE_LAYER = "fewer than two layers of the network have ties"


def layer_table(network: Network) -> pd.DataFrame:
    """Compare every two layers of a network: a long table, one row for each pair of layers and measure.

    Columns: layer_a, layer_b (in the order of `network.layers`; `layer_share_also` has both orders), measure
    (`LAYER_MEASURES`), value, n (ties of either layer; for the correlation the observed pairs), withheld (why there is no value, or empty).
    Ties are counted as arcs, or as pairs if the network has no directions. A network of one layer gives no row.
    """
    both, either, totals = _counts(network)
    pairs = observed_pairs(network) // (1 if network.directed else 2)
    correlation = _correlations(both, totals, pairs)
    rows = []
    for i, a in enumerate(network.layers):
        for j, b in enumerate(network.layers):
            if i == j:
                continue
            empty = [layer for layer, k in ((a, i), (b, j)) if not totals[k]]
            values = {"layer_share_also": _ratio(both[i, j], totals[i])}
            if i < j:
                values = {
                    "layer_overlap": float(both[i, j]),
                    "layer_jaccard": _ratio(both[i, j], either[i, j]),
                    **values,
                    "layer_correlation": correlation[i, j],
                }
            for name, value in values.items():
                reason = _reason(network, name, empty, value)
                n = pairs if name == "layer_correlation" else int(either[i, j])
                rows.append((a, b, name, math.nan if reason else value, n, reason))
    table = pd.DataFrame(rows, columns=list(LAYER_COLUMNS))
    return table.astype(
        {
            "layer_a": "str",
            "layer_b": "str",
            "measure": "str",
            "value": "float64",
            "n": "int64",
            "withheld": "str",
        }
    )


def _reason(network: Network, name: str, empty: list[str], value: float) -> str:
    declared = get_measure(name)
    reason = withheld_reason(declared, network)
    if reason or not (empty or math.isnan(value)):
        return reason or ""
    said = f"no tie of {' and '.join(empty)} is in the network" if empty else declared.undefined
    return f"undefined: {said}"


def _counts(network: Network) -> tuple[Counts, Counts, Counts]:
    """Return ties in both and in either of two layers (layers x layers), and ties of each layer."""
    stated = network.arc_layers.astype(np.float64)
    # A product of ones and zeros in floats is exact and much faster than in integers.
    both = (stated.T @ stated).astype(np.int64) // (1 if network.directed else 2)
    totals = np.diag(both)
    return both, totals[:, None] + totals[None, :] - both, totals


def _ratio(part: np.int64, whole: np.int64) -> float:
    return float(part) / float(whole) if whole else math.nan


def _correlations(both: Counts, totals: Counts, pairs: int) -> Values:
    """Return phi of two layers over the observed pairs; NaN where a layer is tied in none or in all of them."""
    ties = totals.astype(np.float64)
    spread = np.sqrt(ties * (pairs - ties))
    scale = spread[:, None] * spread[None, :]
    above = pairs * both.astype(np.float64) - ties[:, None] * ties[None, :]
    return np.divide(above, scale, out=np.full(scale.shape, np.nan), where=scale > 0)


for _name, _label, _zh, _definition, _formula, _source, _boundaries, _undefined in (
    (
        "layer_overlap",
        "Ties in both layers",
        "两层重叠的关系数",
        "Number of ties that two layers have in common; an undirected tie counts once.",
        "sum_ij A_k[i,j] A_l[i,j]",
        "Bianconi 2013 (global overlap of two layers)",
        BOUNDARIES,
        "a layer has no tie",
    ),
    (
        "layer_jaccard",
        "Jaccard similarity of layers",
        "层间Jaccard相似度",
        "Ties of both layers as a share of the ties of either: 1 if business and friendship are the same ties.",
        "|A_k and A_l| / |A_k or A_l|",
        "Jaccard 1901; Brodka et al. 2018",
        COMPLETE,
        "a layer has no tie",
    ),
    (
        "layer_share_also",
        "Share of a layer's ties also in the other",
        "某层关系同时存在于另一层的比重",
        "Of the ties of the first layer, the share that is also in the second: how far, say, orders follow acquaintance. It has "
        "a value for each order of the two layers.",
        "|A_k and A_l| / |A_k|",
        "Battiston, Nicosia and Latora 2014 (conditional probability of a link)",
        COMPLETE,
        "a layer has no tie",
    ),
    (
        "layer_correlation",
        "Correlation of layers",
        "层间相关系数",
        "Phi coefficient of two layers over the observed pairs of actors, ordered unless ties have no direction. It describes; whether "
        "it is more than chance is a matter of QAP, since pairs are not independent.",
        "(N n11 - n1. n.1) / sqrt(n1. (N - n1.) n.1 (N - n.1))",
        "Krackhardt 1987 (matrix correlation); Pearson 1900 (phi)",
        COMPLETE,
        "a layer has a tie on every observed pair, so it does not vary",
    ),
):
    measure(
        name=_name,
        level="cluster",
        label_en=_label,
        label_zh=_zh,
        definition=_definition,
        formula=_formula,
        source=_source,
        boundaries=_boundaries,
        cost="linear",
        reads="observed",
        undefined=_undefined,
    )(layer_table)


@measure(
    name="multiplex_degree",
    level="actor",
    label_en="Partners in any layer",
    label_zh="多重网络伙伴数",
    definition="Number of distinct partners over all layers, directions collapsed: the degree in the layers laid on one another.",
    formula="#{j: sum_l B_l[i,j] > 0}, B_l = A_l or A_l'",
    source="Battiston, Nicosia and Latora 2014 (aggregated topological network)",
    boundaries=BOUNDARIES,
    cost="linear",
    undefined=_ONE_LAYER,
)
def multiplex_degree(network: Network) -> Values:
    """Count the distinct partners of each actor over all layers."""
    return _if_multiplex(network, _partners(network)[0])


@measure(
    name="overlapping_degree",
    level="actor",
    label_en="Overlapping degree",
    label_zh="重叠度",
    definition="Sum over the layers of the number of partners in the layer, directions collapsed; a partner in three layers counts three times.",
    formula="o(i) = sum_l k_l(i), k_l(i) = #{j: B_l[i,j] = 1}",
    source="Battiston, Nicosia and Latora 2014 (overlapping degree)",
    boundaries=BOUNDARIES,
    cost="linear",
    undefined=_ONE_LAYER,
)
def overlapping_degree(network: Network) -> Values:
    """Sum over layers the partners of each actor (Battiston, Nicosia and Latora 2014)."""
    return _if_multiplex(network, _partners(network)[1].sum(axis=1))


@measure(
    name="layers_active",
    level="actor",
    label_en="Layers in which the actor is tied",
    label_zh="活跃层数",
    definition="Number of layers in which the actor has a partner.",
    formula="B(i) = #{l: k_l(i) > 0}",
    source="Nicosia and Latora 2015 (node activity)",
    boundaries=BOUNDARIES,
    cost="linear",
    undefined=_ONE_LAYER,
)
def layers_active(network: Network) -> Values:
    """Count the layers in which each actor has a partner (Nicosia and Latora 2015)."""
    return _if_multiplex(network, (_partners(network)[1] > 0).sum(axis=1).astype(np.float64))


@measure(
    name="participation_layers",
    level="actor",
    bounds=SHARE,
    label_en="Participation coefficient over layers",
    label_zh="层间参与系数",
    definition=(
        "How evenly the actor's partners spread over the layers: 0 if all are in one layer, 1 if each layer has as many. L counts the layers "
        "with a tie in the network. A firm near 1 trades, learns and socializes alike; one near 0 is in the cluster for one purpose."
    ),
    formula="P(i) = L/(L-1) (1 - sum_l (k_l(i)/o(i))^2)",
    source="Battiston, Nicosia and Latora 2014 (multiplex participation coefficient)",
    boundaries=COMPLETE,
    cost="linear",
    undefined=f"the actor has no partner, or {_ONE_LAYER}",
)
def participation_layers(network: Network) -> Values:
    """Compute how evenly each actor's partners spread over the layers; NaN for isolates."""
    by_layer = _partners(network)[1]
    total = by_layer.sum(axis=1)
    squares = (by_layer**2).sum(axis=1)
    layers = _layers_with_ties(network)
    even = 1 - np.divide(squares, total**2, out=np.full(network.size, np.nan), where=total > 0)
    return _if_multiplex(network, even * layers / max(layers - 1, 1))


@measure(
    name="multiplexity_mean",
    level="network",
    label_en="Mean multiplexity",
    label_zh="平均关系多重性",
    definition="Mean number of layers in which a tied pair is tied, directions collapsed.",
    formula="mean over tied pairs of sum_l B_l[i,j]",
    source="Verbrugge 1979; Battiston, Nicosia and Latora 2014 (edge overlap)",
    boundaries=COMPLETE,
    cost="linear",
    undefined=_ONE_LAYER,
)
def multiplexity_mean(network: Network) -> float:
    """Average over tied pairs the layers in which they are tied."""
    return float(pair_layers(network).sum(axis=1).mean()) if _is_multiplex(network) else math.nan


@measure(
    name="multiplex_share",
    level="network",
    bounds=SHARE,
    label_en="Share of multiplex pairs",
    label_zh="多重关系占比",
    definition="Share of the tied pairs that are tied in two or more layers, directions collapsed.",
    formula="#{pairs: sum_l B_l[i,j] > 1} / #{pairs: sum_l B_l[i,j] > 0}",
    source="Verbrugge 1979",
    boundaries=COMPLETE,
    cost="linear",
    undefined=_ONE_LAYER,
)
def multiplex_share(network: Network) -> float:
    """Divide the pairs tied in two or more layers by the tied pairs."""
    return float((pair_layers(network).sum(axis=1) > 1).mean()) if _is_multiplex(network) else math.nan


@measure(
    name="global_overlap",
    level="network",
    bounds=SHARE,
    label_en="Average edge overlap",
    label_zh="平均边重叠率",
    definition=(
        "Mean multiplexity as a share of the layers with ties: 1 if all layers hold the same pairs, 1/L if no pair is in two of L layers."
    ),
    formula="sum_{i<j} sum_l B_l[i,j] / (L #{i<j: sum_l B_l[i,j] > 0})",
    source="Lacasa, Nicosia and Latora 2015 (average edge overlap)",
    boundaries=COMPLETE,
    cost="linear",
    undefined=_ONE_LAYER,
)
def global_overlap(network: Network) -> float:
    """Divide mean multiplexity by the number of layers with ties (Lacasa, Nicosia and Latora 2015)."""
    return multiplexity_mean(network) / _layers_with_ties(network) if _is_multiplex(network) else math.nan


def _layers_with_ties(network: Network) -> int:
    return int(network.arc_layers.any(axis=0).sum())


def _is_multiplex(network: Network) -> bool:
    return _layers_with_ties(network) > 1


def _if_multiplex(network: Network, values: Values) -> Values:
    return values.copy() if _is_multiplex(network) else np.full(network.size, np.nan)


@once_per_network
def _partners(network: Network) -> tuple[Values, Values]:
    """Return the partners of each actor in any layer, and by layer (actors x layers)."""
    layers = pair_layers(network)
    a, b = pair_ends(network)
    ends = np.concatenate([a, b])
    by_layer = np.zeros((network.size, layers.shape[1]))
    for k in range(layers.shape[1]):
        by_layer[:, k] = np.bincount(ends, weights=np.tile(layers[:, k], 2), minlength=network.size)
    return np.bincount(ends, minlength=network.size).astype(np.float64), by_layer
