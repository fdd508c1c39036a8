"""Trust between firms: how far each relies on the others' word and is relied on, and what such trust grows with.

Trust was asked without a contract in view, of those alone that a firm had named, so it goes with the other layers by the way it was asked:
it is read as a mean over named partners, never as a share of all firms. The layer `trust` holds the ratings from 3 up; a lower one is
distrust and no tie.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures.dyads import pair_ends, pair_layers, reciprocated, simmelian
from gumflow.measures.registry import ANY_NUMBER, BALANCE, COMPLETE, COUNT, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Flags, Found, Values
from gumflow.mechanisms.means import add_means, declare_means
from gumflow.mechanisms.partners import Shared, both_ways, shared_mean, shared_simmelian
from gumflow.mechanisms.rows import FEWEST, Rows, draw_counts, firm_table
from gumflow.networks.graph import Network, adjacency

if TYPE_CHECKING:
    from scipy import sparse

Indices = NDArray[np.int64]

ANSWERED = ("census", "roster", "sample")
"""Boundaries under which firms answered for themselves."""
BOND_LAYERS = ("transaction", "knowledge", "social", "innovation", "mobility", "credit")
"""Layers that bind two firms; rivalry does not, and trust was asked of the named alone."""
RATING = (0.0, 5.0)
RESTART = 0.15
"""Share of trust that is spread over the starting firms in each step: one minus the usual damping of 0.85."""
_TOLERANCE = 1e-12
_STEPS = 500
SCORE_PARTS = ("trust_given", "trust_received", "trust_reciprocity", "trust_closure")
"""What trust is; years of dealing and layers are what it grows with, and stand beside it."""
GROWS_WITH = {"years": "R07.years", "frequency": "R07.frequency", "contract": "R07.contract"}
PART = "social_capital.trust"


class Ratings(NamedTuple):
    """One answer a row: the firm that gave it and the firm it is about, as positions among `firms`, and the value."""

    one: Indices
    other: Indices
    value: Values


_NONE = Ratings(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))


def ratings(cluster: Cluster, question: str) -> Ratings:
    """Return what firms of the cluster said of one another on an item; of repeated answers on one firm the first."""
    table = cluster.answers(question)
    if table.empty:
        return _NONE
    one, other = cluster.place_of(table["respondent"]), cluster.place_of(table["alter"])
    value = table["value"].to_numpy(dtype=np.float64)
    kept = np.flatnonzero((one >= 0) & (other >= 0) & (one != other) & ~np.isnan(value))
    _, first = np.unique(one[kept] * len(cluster.firms) + other[kept], return_index=True)
    return Ratings(one[kept[first]], other[kept[first]], value[kept[first]])


def mean_by_firm(firm: Indices, values: Values, size: int) -> Values:
    """Return the mean of the values of each firm that are known; NaN for firms without any."""
    known = ~np.isnan(values)
    count = np.bincount(firm[known], minlength=size)
    total = np.bincount(firm[known], weights=values[known], minlength=size)
    return np.divide(total, count, out=np.full(size, np.nan), where=count > 0)


def standardized(values: Values) -> Values:
    """Return standard deviations from the mean of the known values; all NaN where they do not differ."""
    known = values[~np.isnan(values)]
    spread = float(known.std()) if len(known) > 1 else 0.0
    if spread <= 1e-12 * max(1.0, float(np.abs(known).max(initial=0.0))):
        return np.full(len(values), np.nan)
    return (values - known.mean()) / spread


def composite(parts: list[Values]) -> Values:
    """Return the mean of standardized parts, for firms with at least half of those parts in which firms differ at all."""
    z = np.array([standardized(p) for p in parts])
    z = z[~np.isnan(z).all(axis=1)] if z.size else z.reshape(0, z.shape[1])
    known = ~np.isnan(z)
    count = known.sum(axis=0)
    enough = (count > 0) & (2 * count >= len(z))
    return np.divide(
        np.where(known, z, 0.0).sum(axis=0), count, out=np.full(z.shape[1], np.nan), where=enough
    )


def borne(cluster: Cluster, name: str, layer: str, function: Callable[[Network], Values]) -> Values:
    """Return a measure of each firm on the network of a layer among firms; NaN throughout where the data cannot bear it."""
    network = None if cluster.why_not(name, layer) else cluster.firm_network(layer)
    return np.full(len(cluster.firms), np.nan) if network is None else function(network)


def answered(cluster: Cluster) -> Flags:
    """Say which firms answered on their ties; in a census without a questionnaire all of them did, as the networks hold."""
    network = cluster.firm_network("firm")
    return cluster.responded if network is None or network.size != len(cluster.firms) else network.responded


def own(cluster: Cluster, values: Values) -> Values:
    """Return values of the firms that answered, NaN for all others: what others reported of these is a part only."""
    return np.where(answered(cluster), values, np.nan)


@measure(
    name="trust_given",
    level="firm",
    label_en="Trust that the firm gives",
    label_zh="企业给予的信任",
    definition=(
        "Mean of the firm's ratings of how far it can rely, without a written contract, on each of the firms that it named as partners (0 not at "
        "all to 5 fully). Low ratings count too."
    ),
    formula="mean over named firms j of R06[i,j]",
    source="Zaheer, McEvily and Perrone 1998 (interorganizational trust) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=RATING,
    undefined="the firm rated no other firm",
)
def trust_given(cluster: Cluster) -> Values:
    """Average the trust ratings that each firm gave to firms of the cluster."""
    told = ratings(cluster, "R06")
    return mean_by_firm(told.one, told.value, len(cluster.firms))


@measure(
    name="trust_received",
    level="firm",
    label_en="Trust that the firm receives",
    label_zh="企业获得的信任",
    definition=(
        "Mean of the ratings (0 to 5) that other firms gave the firm: its good name among those that deal with it. Known also of firms that did not "
        "answer, since it rests on the answers of others."
    ),
    formula="mean over raters j of R06[j,i]",
    source="Zaheer, McEvily and Perrone 1998 (interorganizational trust) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=RATING,
    reads="observed",
    undefined="no firm rated it",
)
def trust_received(cluster: Cluster) -> Values:
    """Average the trust ratings that each firm of the cluster was given."""
    told = ratings(cluster, "R06")
    values = mean_by_firm(told.other, told.value, len(cluster.firms))
    return np.full(len(values), np.nan) if cluster.boundary not in COMPLETE else values


def mutual_trust(cluster: Cluster, name: str, of_pairs: Callable[[Network], Values]) -> Values:
    """Return the mean over each firm's trust pairs of what `of_pairs` says of them, among firms that both answered.

    A pair of which one end did not answer is known only if it is tied, so that return would be found too often. What a source says of
    two firms without direction (they trust each other) is no rating that was returned.
    """

    def mean(network: Network) -> Values:
        kept = _rated_by_both(cluster, network)
        return _mean_over_pairs(kept, of_pairs(kept))

    return borne(cluster, name, "trust", mean)


def _rated_by_both(cluster: Cluster, network: Network) -> Network:
    """Return the trust among firms that both answered, as they rated each other."""
    ties, size = cluster.achieved("trust"), len(cluster.firms)
    ties = ties[ties["directed"].astype(bool)]
    stated = cluster.place_of(ties["source"]) * size + cluster.place_of(ties["target"])
    both = network.responded[network.source] & network.responded[network.target]
    both &= np.isin(network.source * size + network.target, stated)
    return replace(
        network, source=network.source[both], target=network.target[both], strength=network.strength[both],
        arc_layers=network.arc_layers[both],
    )  # fmt: skip


def _mean_over_pairs(network: Network, values: Values) -> Values:
    return mean_by_firm(both_ways(network)[0], np.tile(values, 2), network.size)


@measure(
    name="trust_reciprocity",
    level="firm",
    label_en="Returned trust",
    label_zh="信任互惠度",
    definition="Share of the firm's trust ties (ratings of 3 or more, given or received) that run both ways, among pairs of firms that both answered.",
    formula="sum_j A[i,j] A[j,i] / #{j: A[i,j] or A[j,i]}, A = trust layer",
    source="Wasserman and Faust 1994, ch. 13 (reciprocity) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    reads="observed",
    undefined="the firm is in no trust tie with a firm that answered too",
)
def trust_reciprocity(cluster: Cluster) -> Values:
    """Return for each firm the share of its trust pairs that are mutual."""
    return mutual_trust(cluster, "trust_reciprocity", reciprocated)


@measure(
    name="trust_closure",
    level="firm",
    label_en="Trust held up by a third firm",
    label_zh="信任闭合度（齐美尔）",
    definition=(
        "Share of the firm's trust ties that are Simmelian: mutual, and both firms in mutual trust with a common third, before whom they keep their "
        "word; among pairs of firms that both answered."
    ),
    formula="#{j: M[i,j] = 1, (M M)[i,j] > 0} / #{j: A[i,j] or A[j,i]}, M = A and A', A = trust layer",
    source="Krackhardt 1998 [adapted]",
    boundaries=COMPLETE,
    cost="quadratic",
    bounds=SHARE,
    undefined="the firm is in no trust tie with a firm that answered too",
)
def trust_closure(cluster: Cluster) -> Values:
    """Return for each firm the share of its trust pairs that are Simmelian."""
    return mutual_trust(cluster, "trust_closure", simmelian)


_DEALING = (
    ("dealing_years", "R07.years", "Years of dealing with partners", "与伙伴往来年数", "years that the firm has dealt with", (0.0, 100.0)),
    (
        "dealing_frequency", "R07.frequency", "Frequency of dealing with partners", "与伙伴往来频度",
        "frequency (1 yearly or less, 2 quarterly, 3 monthly, 4 weekly or more) with which the firm deals with", (1.0, 4.0),
    ),
)  # fmt: skip


def dealing(cluster: Cluster, name: str) -> Values:
    """Average what each firm said of its dealing (`dealing_years`, `dealing_frequency`) with the firms that it named."""
    question = next(asked for of, asked, *_ in _DEALING if of == name)
    told = ratings(cluster, question)
    return mean_by_firm(told.one, told.value, len(cluster.firms))


for _name, _asked, _en, _zh, _what, _bounds in _DEALING:
    measure(
        name=_name,
        level="firm",
        label_en=_en,
        label_zh=_zh,
        definition=f"Mean of the {_what} each of the firms that it named as partners.",
        formula=f"mean over named firms j of {_asked}[i,j]",
        source="Granovetter 1973 (time and intensity of a tie); Gulati 1995 (familiarity breeds trust) [adapted]",
        boundaries=ANSWERED,
        cost="linear",
        bounds=_bounds,
        undefined="the firm named no other firm",
    )(dealing)


@measure(
    name="dealing_layers",
    level="firm",
    label_en="Layers a partner",
    label_zh="每个伙伴的关系层数",
    definition=(
        f"Mean number of layers ({', '.join(BOND_LAYERS)}) in which the firm is tied to a partner, directions collapsed: firms that trade, share staff "
        "and meet privately are bound more than once. Trust itself and rivalry are no such layers. Only for firms that answered."
    ),
    formula="sum_l k_l(i) / #{j: tied in a layer l}",
    source="Verbrugge 1979 (multiplexity) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    reads="observed",
    bounds=(1.0, float(len(BOND_LAYERS))),
    undefined="the firm has no partner, or did not answer",
)
def dealing_layers(cluster: Cluster) -> Values:
    """Average over each firm's partners the layers in which they are bound."""

    return own(
        cluster, borne(cluster, "dealing_layers", "firm", lambda n: _mean_over_pairs(n, _layers_bound(n)))
    )


def _layers_bound(network: Network) -> Values:
    bound = _bond_counts(network)
    return np.where(bound > 0, bound, np.nan)


@measure(
    name="eigentrust",
    level="firm",
    label_en="EigenTrust",
    label_zh="特征信任（EigenTrust）",
    definition=(
        "Trust in the firm by those that are trusted themselves, as a multiple of that of the mean firm: each firm's trust (strength of its trust ties "
        f"to firms) is shared out, and {RESTART:.0%} of all trust starts anew in equal parts. Firms that trust nobody, or did not answer, share out in "
        "equal parts."
    ),
    formula=f"t = (1 - a) C't + a p, C = trust ties with rows that sum to 1 (p where there is none), a = {RESTART}, p = 1/n; given as n t",
    source="Kamvar, Schlosser and Garcia-Molina 2003 [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=COUNT,
    undefined="no firm trusts another",
)
def eigentrust(cluster: Cluster) -> Values:
    """Return each firm's EigenTrust as a multiple of the mean, from the trust layer among firms."""

    def multiple(network: Network) -> Values:
        if not network.arcs:
            return np.full(network.size, np.nan)
        weights = adjacency(network)
        weights.data = network.strength.astype(np.float64).copy()
        return network.size * eigentrust_of(weights, np.full(network.size, 1 / network.size))

    return borne(cluster, "eigentrust", "trust", multiple)


def eigentrust_of(weights: "sparse.csr_array", start: Values, restart: float = RESTART) -> Values:
    """Return the fixed point t = (1 - restart) C't + restart start; it sums to 1 as `start` does.

    `weights` (n x n) is how much each row trusts each column; `start` personalizes: trust starts from these firms, and firms
    that trust nobody trust them. The step shrinks the distance to t by 1 - restart or more, so that the steps always suffice.
    """
    given = np.asarray(weights.sum(axis=1), dtype=np.float64).ravel()
    shared = np.divide(1.0, given, out=np.zeros(len(given)), where=given > 0)
    backward = weights.T.tocsr()
    trust = start.copy()
    for _ in range(_STEPS):
        nobody = float(trust[given == 0].sum())
        fresh = (1 - restart) * (backward @ (trust * shared) + nobody * start) + restart * start
        moved = float(np.abs(fresh - trust).sum())
        trust = fresh
        if moved < _TOLERANCE:
            break
    return trust


@measure(
    name="trust_score",
    level="firm",
    label_en="Trust of the firm",
    label_zh="企业信任得分",
    definition=(
        "Mean of the trust that the firm gives and receives and of the shares of its trust ties that are returned and that a third firm holds up, each "
        "standardized within the cluster and wave, with equal weights; a firm needs half of those in which firms differ, and a rating of its own. Years of "
        "dealing and layers are what trust grows with and do not enter."
    ),
    formula="mean of z(trust_given, trust_received, trust_reciprocity, trust_closure)",
    source="Zaheer, McEvily and Perrone 1998 (rating); Krackhardt 1998 (third parties); equal weights are our choice [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=ANY_NUMBER,
    undefined="the firm rated no other firm, or fewer than half of the parts are known",
)
def trust_score(parts: dict[str, Values]) -> Values:
    """Average the standardized parts of trust, given by name."""
    score = composite([parts[name] for name in SCORE_PARTS])
    return np.where(np.isnan(parts["trust_given"]), np.nan, score)


def measure_trust(cluster: Cluster) -> Found:
    """Return trust of each firm and of the cluster; unit part, social_capital.trust."""
    parts = {
        "trust_given": trust_given(cluster)
        if cluster.boundary in ANSWERED
        else np.full(len(cluster.firms), np.nan),
        "trust_received": trust_received(cluster),
        "trust_reciprocity": trust_reciprocity(cluster),
        "trust_closure": trust_closure(cluster),
        "dealing_years": dealing(cluster, "dealing_years"),
        "dealing_frequency": dealing(cluster, "dealing_frequency"),
        "dealing_layers": dealing_layers(cluster),
        "eigentrust": eigentrust(cluster),
    }
    columns = {**parts, "trust_score": trust_score(parts)}
    rows = Rows(cluster, "part", PART)
    add_means(rows, columns, MEANS, _shared(cluster))
    _add_associations(rows)
    return Found(firm_table(cluster, columns), list(rows))


MEANS = {
    "trust_given": (),
    "trust_received": (),
    "trust_reciprocity": ("trust",),
    "trust_closure": ("trust",),
    "dealing_years": (),
    "dealing_frequency": (),
    "dealing_layers": ("firm",),
}
"""Columns of which the mean over firms is given for the cluster, with the networks that they rest on."""


def _shared(cluster: Cluster) -> dict[str, Shared]:
    """Return what partners do in the columns of `MEANS`; nothing where firms are no whole: a sample is of firms that were drawn one by one."""
    if cluster.boundary not in COMPLETE:
        return {}
    told = ratings(cluster, "R06")
    found = {
        "trust_given": shared_mean(*told),
        "trust_received": shared_mean(told.other, told.one, told.value),
    }
    for name, question, *_ in _DEALING:
        found[name] = shared_mean(*ratings(cluster, question))
    bonds, trust = (cluster.firm_network(layer) for layer in ("firm", "trust"))
    if bonds is not None:
        found["dealing_layers"] = shared_mean(*both_ways(bonds), np.tile(_layers_bound(bonds), 2))
    if trust is not None:
        kept = _rated_by_both(cluster, trust)
        found["trust_reciprocity"] = shared_mean(*both_ways(kept), np.tile(reciprocated(kept), 2))
        found["trust_closure"] = shared_simmelian(kept)
    return found


declare_means(MEANS, measure_trust)


@measure(
    name="trust_association",
    level="cluster",
    label_en="Trust and the course of the relation",
    label_zh="信任与往来特征的相关",
    definition=(
        "Spearman's rank correlation, over the partners that firms rated, of the trust in a partner with the years of dealing (category years), how "
        "often the two deal (frequency), whether they have a written contract (contract), in how many layers they are tied (layers) and the trust "
        "that the partner gives in return (returned). Ratings of one firm hang together, so the interval draws firms, not ratings. It describes and "
        "does not say which comes first."
    ),
    formula="Spearman's rho of R06[i,j] and R07[i,j], layers(i,j) or R06[j,i] over rated pairs; bootstrap over the firms that rated",
    source="Spearman 1904; Gulati 1995 (repeated ties and trust) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=BALANCE,
    undefined="all ratings are the same, or all relations are alike",
    interval_kind="sampling",
)
def _add_associations(rows: Rows) -> None:
    """Add the rank correlation of trust with years, frequency, contract, layers and returned trust over rated pairs."""
    cluster = rows.cluster
    if cluster.why_not("trust_association"):
        return
    size, told = len(cluster.firms), ratings(cluster, "R06")
    counts = draw_counts(cluster) if len(told.value) else np.zeros((0, size))
    features = {category: ratings(cluster, question) for category, question in GROWS_WITH.items()}
    features["layers"] = _layers_of_pairs(cluster)
    features["returned"] = Ratings(told.other, told.one, told.value)
    for category, of in features.items():
        _, at, where = np.intersect1d(
            told.one * size + told.other, of.one * size + of.other, assume_unique=True, return_indices=True
        )
        firms = len(np.unique(told.one[at]))
        if firms < FEWEST:
            why = f"withheld: only {firms} firm(s) rated partners of whom this is known, and {FEWEST} are needed"
            rows.withhold("trust_association", why, category=category, n=firms)
            continue
        value, draws = rank_correlation(told.one[at], told.value[at], of.value[where], counts)
        method = "Spearman correlation over rated pairs; bootstrap over firms"
        rows.drawn(
            "trust_association", value, draws, firms, coverage=firms / size, method=method, category=category
        )


def _layers_of_pairs(cluster: Cluster) -> Ratings:
    """Return the number of layers that bind each pair of firms tied in any way, in both orders."""
    network = cluster.firm_network("firm")
    if network is None or network.size != len(cluster.firms):
        return _NONE
    a, b = pair_ends(network)
    return Ratings(np.concatenate([a, b]), np.concatenate([b, a]), np.tile(_bond_counts(network), 2))


def _bond_counts(network: Network) -> Values:
    bound = pair_layers(network)[:, [layer in BOND_LAYERS for layer in network.layers]]
    return bound.sum(axis=1).astype(np.float64)


def rank_correlation(
    firm: Indices, x: Values, y: Values, counts: NDArray[np.float64]
) -> tuple[float, Values]:
    """Return Spearman's correlation of x and y, and its value in each draw of firms (rows of `counts`, ranks kept); NaN if one is constant."""
    x, y = (pd.Series(v).rank().to_numpy() - (len(v) + 1) / 2 for v in (x, y))
    columns = (np.ones(len(x)), x, y, x * x, y * y, x * y)
    sums = np.column_stack([np.bincount(firm, weights=c, minlength=counts.shape[1]) for c in columns])
    n, a, b, aa, bb, ab = np.vstack([sums.sum(axis=0), counts @ sums]).T
    n = np.maximum(n, 1)
    spread = (aa - a * a / n) * (bb - b * b / n)
    flat = spread <= 1e-12 * np.maximum(aa * bb, 1)
    found = np.where(flat, np.nan, (ab - a * b / n) / np.sqrt(np.where(flat, 1.0, spread)))
    found = np.clip(found, -1, 1)
    return float(found[0]), found[1:]
