"""Renewal of social capital between two waves: which ties a cluster carried over, built anew among those that were there, and took in with newcomers.

The book says that social capital lives on by being copied, rebuilt and flowing. Ties copied are those of firms present in both waves that
hold in both; rebuilt are those that such firms have new; flowing in are those with a firm that came since, and partners outside the
cluster that are new. Only pairs of firms that both answered, in each wave in which they were there, are compared: of a firm that did not
answer only ties that others report are known, of which none can be missed or lost.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures.registry import COMPLETE, COUNT, SHARE, measure
from gumflow.measures.wave_pairs import compare, tie_codes
from gumflow.measures.waves import no_tie_reason
from gumflow.mechanisms.cluster import Cluster, Flags, Found, Values
from gumflow.mechanisms.rows import FEWEST, Rows, bootstrap_ratio, draw_counts, firm_table
from gumflow.mechanisms.trust import answered
from gumflow.networks.graph import Network

LAYERS = ("social", "trust", "knowledge")
PART = "social_capital.renewal"
NO_EARLIER = "withheld: there is no earlier wave of this cluster, and {label} compares two; it would need a second survey"
_SOURCE = "Zhang and Xu 2007 (copying, rebuilding and flow of social capital), as the book cites it; Snijders, van de Bunt and Steglich 2010 (comparison of waves) [reconstruction]"
_FEW_TWICE = "withheld: {share:.0%} of the firms present in both waves answered in both, less than the {gate:.0%} that the configuration asks for, and {label} compares their ties alone"
_PAIRS = "Only pairs of firms that both answered are compared, in both waves if they were there in both; ties are arcs, or pairs if ties have no direction."


class Renewal(NamedTuple):
    """Ties of each firm of the later wave, counted at both ends: copied, rebuilt, flowing in with firms that came; lost since."""

    copied: Values
    rebuilt: Values
    inflow: Values
    lost: Values

    @property
    def now(self) -> Values:
        """Ties of the later wave that are told of one of the three."""
        return self.copied + self.rebuilt + self.inflow


def measure_renewal(cluster: Cluster) -> Found:
    """Return the renewal of social, trust and knowledge ties since the wave before; unit part, social_capital.renewal."""
    rows = Rows(cluster, "part", PART)
    size = len(cluster.firms)
    firm = np.full(size, np.nan)
    why = _why_not(cluster, "ties_copied_share") or _too_few_twice(cluster)
    if why:
        rows.withhold("ties_copied_share", why)
        return Found(firm_table(cluster, {"ties_renewed_share": firm}), list(rows))
    counts = draw_counts(cluster)
    found = []
    for layer in LAYERS:
        why = _why_not(cluster, "ties_copied_share", layer)
        if why:
            rows.withhold("ties_copied_share", why, layer=layer)
            continue
        one = _renewal(cluster, layer)
        found.append(one)
        _add_shares(rows, one, counts, layer)
    _add_new_outside(rows)
    return Found(firm_table(cluster, {"ties_renewed_share": ties_renewed_share(cluster, found)}), list(rows))


def _why_not(cluster: Cluster, name: str, layer: str = "") -> str:
    why = cluster.why_not(name, *([layer] if layer else []))
    if cluster.boundary not in COMPLETE:
        return why
    if cluster.earlier is None:
        return NO_EARLIER.format(label="renewal of social capital")
    lacking = {
        f"wave {one.head['wave']}": [layer]
        for one in (cluster.earlier, cluster)
        if layer and layer not in one.networks
    }
    if lacking:
        return no_tie_reason(lacking)
    earlier = cluster.earlier.why_not(name, *([layer] if layer else []))
    return why or (f"{earlier} (wave {cluster.earlier.head['wave']})" if earlier else "")


def _renewal(cluster: Cluster, layer: str) -> Renewal:
    """Count the ties of each firm of the later wave by what became of them."""
    assert cluster.earlier is not None
    before, after = cluster.earlier.firm_network(layer), cluster.firm_network(layer)
    assert before is not None
    assert after is not None
    size, compared = len(cluster.firms), compare(before, after)
    stayed = cluster.place_of(compared.later.actors)
    n = max(len(stayed), 1)

    twice = compared.earlier.responded & compared.later.responded

    def at_ends(codes: NDArray[np.int64]) -> Values:
        codes = codes[twice[codes // n] & twice[codes % n]]
        ends = np.concatenate([codes // n, codes % n])
        return np.bincount(stayed[ends], minlength=size).astype(np.float64) if len(ends) else np.zeros(size)

    copied = np.intersect1d(compared.before, compared.after, assume_unique=True)
    rebuilt = np.setdiff1d(compared.after, compared.before, assume_unique=True)
    lost = np.setdiff1d(compared.before, compared.after, assume_unique=True)
    return Renewal(at_ends(copied), at_ends(rebuilt), _inflow(cluster, before, after), at_ends(lost))


def _inflow(cluster: Cluster, before: Network, after: Network) -> Values:
    """Count for each firm the ties of the later wave, between firms that answered, in which an end was not in the earlier one."""
    came = ~np.isin(after.actors, before.actors)
    # Of an end that was there before, its answer then counts as for the ties that are compared.
    known = after.responded & (came | np.isin(after.actors, before.actors[before.responded]))
    codes = tie_codes(after)
    one, other = codes // max(after.size, 1), codes % max(after.size, 1)
    new = (came[one] | came[other]) & known[one] & known[other]
    ends = cluster.place_of(after.actors)[np.concatenate([one[new], other[new]])]
    return np.bincount(ends, minlength=len(cluster.firms)).astype(np.float64)


_SHARES = {
    "ties_copied_share": ("copied", "Ties copied", "社会资本复制占比", "that held in the wave before too"),
    "ties_rebuilt_share": (
        "rebuilt",
        "Ties rebuilt",
        "社会资本重构占比",
        "that firms present in both waves have new",
    ),
    "ties_inflow_share": (
        "inflow",
        "Ties flowing in",
        "社会资本流入占比",
        "with a firm that came since the wave before",
    ),
}


def _add_shares(rows: Rows, one: Renewal, counts: NDArray[np.float64], layer: str) -> None:
    """Add the shares of ties that are copied, rebuilt and flowing in, and of earlier ties that were lost."""
    parts = {name: (getattr(one, kind), one.now) for name, (kind, *_) in _SHARES.items()}
    parts["ties_lost_share"] = (one.lost, one.copied + one.lost)
    for name, (part, whole) in parts.items():
        firms = int((whole > 0).sum())
        if 0 < firms < FEWEST:
            rows.withhold(
                name,
                f"withheld: only {firms} firm(s) have such ties, and {FEWEST} are needed",
                layer=layer,
                n=firms,
            )
            continue
        value = float(part.sum() / whole.sum()) if firms else math.nan
        rows.drawn(
            name, value, bootstrap_ratio(counts, part, whole), firms, coverage=firms / max(len(whole), 1),
            method="share of ties; bootstrap over firms", layer=layer,
        )  # fmt: skip


for _name, (_kind, _en, _zh, _what) in _SHARES.items():
    measure(
        name=_name,
        level="cluster",
        label_en=_en,
        label_zh=_zh,
        definition=f"Share of the ties of this wave (of one layer, among firms) {_what}. With the two other kinds it makes up all. {_PAIRS}",
        formula=f"{_kind} / (copied + rebuilt + inflow)",
        source=_SOURCE,
        boundaries=COMPLETE,
        cost="linear",
        bounds=SHARE,
        reads="observed",
        undefined="there is no tie that can be compared",
        interval_kind="sampling",
    )(measure_renewal)
measure(
    name="ties_lost_share",
    level="cluster",
    label_en="Ties lost",
    label_zh="社会资本流失占比",
    definition=f"Share of the ties of the wave before, among firms present in both waves, that no longer hold. {_PAIRS}",
    formula="lost / (copied + lost)",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    reads="observed",
    undefined="the wave before has no tie that can be compared",
    interval_kind="sampling",
)(measure_renewal)


@measure(
    name="ties_renewed_share",
    level="firm",
    label_en="Renewed ties of the firm",
    label_zh="企业社会资本更新率",
    definition=(
        "Share of the firm's ties of this wave (social, trust and knowledge layers together) that are rebuilt or flowed in since the wave before. Only for "
        f"firms that were there and answered in both waves. {_PAIRS}"
    ),
    formula="(rebuilt + inflow) / (copied + rebuilt + inflow)",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    reads="observed",
    undefined="there is no earlier wave, the firm did not answer in both, or it has no tie that can be compared",
)
def ties_renewed_share(cluster: Cluster, found: list[Renewal]) -> Values:
    """Return for each firm the share of its ties of this wave that are new, from the renewal of each layer."""
    size = len(cluster.firms)
    if not found:
        return np.full(size, np.nan)
    new, now = sum(f.rebuilt + f.inflow for f in found), sum(f.now for f in found)
    return np.divide(new, now, out=np.full(size, np.nan), where=(now > 0) & _answered_twice(cluster))


def _too_few_twice(cluster: Cluster) -> str:
    """Say so if too few of the firms present in both waves answered in both; empty if enough did."""
    assert cluster.earlier is not None
    stayed = np.isin(cluster.firms, cluster.earlier.firms)
    gate = cluster.settings.withhold_below
    if not stayed.any():
        return ""
    share = float(_answered_twice(cluster)[stayed].mean())
    return (
        _FEW_TWICE.format(share=share, gate=gate, label="renewal of social capital") if share < gate else ""
    )


def _answered_twice(cluster: Cluster) -> Flags:
    earlier = cluster.earlier
    if earlier is None:
        return np.zeros(len(cluster.firms), dtype=bool)
    return answered(cluster) & np.isin(cluster.firms, earlier.firms[answered(earlier)])


@measure(
    name="outside_partners_new_mean",
    level="cluster",
    label_en="New partners outside the cluster, mean of firms",
    label_zh="新增集群外伙伴数（企业均值）",
    definition=(
        "Mean number of partners outside the cluster that a firm has and did not have in the wave before, over firms that answered in both waves: social "
        "capital that flows in from outside. A partner that was given another name counts as new."
    ),
    formula="mean over firms i of #{j outside: tied to i now, not before}",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="linear",
    bounds=COUNT,
    reads="observed",
    undefined="no firm answered in both waves",
    interval_kind="sampling",
)
def _add_new_outside(rows: Rows) -> None:
    """Add the mean number of outside partners that are new since the wave before."""
    cluster, earlier = rows.cluster, rows.cluster.earlier
    name = "outside_partners_new_mean"
    if earlier is None:
        return
    lacking = {
        f"wave {c.head['wave']}": ["pipeline"] for c in (earlier, cluster) if "pipeline" not in c.networks
    }
    if lacking:
        rows.withhold(name, no_tie_reason(lacking), layer="pipeline")
        return
    fresh = _outside(cluster).difference(_outside(earlier))
    at = cluster.place_of(fresh.get_level_values(0))
    new = np.bincount(at[at >= 0], minlength=len(cluster.firms)).astype(np.float64)
    rows.mean(name, np.where(_answered_twice(cluster), new, np.nan), layer="pipeline")


def _outside(cluster: Cluster) -> pd.MultiIndex:
    """Return the distinct pairs of a firm and an outside partner with which it has an achieved pipeline tie."""
    ties, outside = cluster.achieved("pipeline"), cluster.members.index[~cluster.members["inside"]]
    pairs = pd.concat(
        [
            ties[[a, b]].set_axis(["firm", "other"], axis=1)
            for a, b in (("source", "target"), ("target", "source"))
        ]
    )
    pairs = pairs[pairs["other"].isin(outside) & pairs["firm"].isin(cluster.firms)]
    return pd.MultiIndex.from_frame(pairs.drop_duplicates())
