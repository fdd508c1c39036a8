"""The ladder from assembly (OEA) over contract manufacture (OEM) and own design (ODM) to own brand (OBM), firm by firm (1.3.3, 2.3.3).

The shares that a cluster's published figures leave open are bounded in `external_linkage`; here firms answer for themselves.
"""

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.registry import BALANCE, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.rows import FEWEST, Rows, firm_table

ANSWERED = ("census", "roster", "sample")
RUNGS = ("oea", "oem", "odm", "obm")
_NO_EARLIER = "withheld: there is no earlier wave of this cluster"
_FEW_IN_BOTH = "withheld: {n} firm(s) have a place on the ladder in both waves, and the change needs {least}"


def measure_ladder(cluster: Cluster) -> Found:
    """Return place and rung of each firm, their mean and distribution, and the change between waves and as recalled."""
    place, rung = ladder_places(cluster), ladder_rungs(cluster)
    rows = Rows(cluster, "part", "external_linkage.chain")
    why = cluster.why_not("ladder_place_mean")
    if why:
        rows.withhold("ladder_place_mean", why)
        return Found(firm_table(cluster, {"ladder_place": place, "ladder_rung": rung}), list(rows))
    rows.mean("ladder_place_mean", place)
    for at, name in enumerate(RUNGS):
        rows.share("ladder_rung_share", np.where(np.isnan(rung), np.nan, rung == at), category=name)
    recalled = cluster.indicator("ladder_change")
    if not np.isnan(recalled).all():
        rows.mean(
            "ladder_change_mean",
            recalled,
            category="recalled",
            method="mean over firms of the change over two years that they recall",
        )
    _between_waves(rows, place)
    return Found(firm_table(cluster, {"ladder_place": place, "ladder_rung": rung}), list(rows))


def ladder_places(cluster: Cluster) -> Values:
    """Return the place of each firm from its shares of OEM, ODM and OBM, else from its main business; NaN if neither is known."""
    if cluster.boundary not in ANSWERED:
        return np.full(len(cluster.firms), np.nan)
    by_shares = cluster.indicator("ladder")
    return np.where(np.isnan(by_shares), cluster.indicator("ladder_business"), by_shares)


def ladder_rungs(cluster: Cluster) -> Values:
    """Return the rung on which most of each firm's output stands: 1 OEM, 2 ODM, 3 OBM, the lower of equal ones; 0 for assembly.

    Assembly is never asked: a firm on OEM that works wholly as ordered and has its material from abroad counts as assembler (`oea_hint`).
    Without shares the main business decides.
    """
    if cluster.boundary not in ANSWERED:
        return np.full(len(cluster.firms), np.nan)
    shares: NDArray[np.float64] = np.vstack([cluster.indicator(f"s_{name}") for name in RUNGS[1:]])
    known = ~np.isnan(shares).all(axis=0)
    most = 1.0 + np.nan_to_num(shares, nan=-1.0).argmax(axis=0)
    business = cluster.indicator("ladder_business")
    rung = np.where(known, most, np.where(np.isnan(business), np.nan, np.where(business > 0.5, 3.0, 1.0)))
    return np.where((rung == 1) & (cluster.indicator("oea_hint") == 1), 0.0, rung)


def _between_waves(rows: Rows, place: Values) -> None:
    """Add the mean change since the wave before, over the firms that have a place in both."""
    cluster = rows.cluster
    if cluster.earlier is None:
        rows.withhold("ladder_change_mean", _NO_EARLIER, category="since the wave before")
        return
    at = cluster.earlier.place_of(cluster.firms)
    before = np.append(ladder_places(cluster.earlier), np.nan)[at]
    change = np.where(at >= 0, place - before, np.nan)
    known = change[~np.isnan(change)]
    if len(known) < FEWEST:
        rows.withhold(
            "ladder_change_mean",
            _FEW_IN_BOTH.format(n=len(known), least=FEWEST),
            category="since the wave before",
            n=len(known),
        )
        return
    rows.mean(
        "ladder_change_mean",
        change,
        category="since the wave before",
        method="mean over firms with a place in both waves",
    )


_SOURCE = (
    "The book, 1.3.3 and 2.3.3, and Gereffi 1999 for the rungs; equal steps are a convention [reconstruction]"
)
for _name, _en, _zh, _definition, _formula, _bounds in (
    (
        "ladder_place", "Place on the ladder", "阶梯位置（企业）",
        "Mean rung of the firm's output on the scale from assembly (0) over OEM (1/3) and ODM (2/3) to own brand (1), from the shares that its "
        "questionnaire asks; from its main business where it gives no shares. Where ODM is not asked it stands for OEM and own brand alone.",
        "(OEM + 2 ODM + 3 OBM) / 3 of shares", SHARE,
    ),
    (
        "ladder_rung", "Rung of the ladder", "所处阶梯",
        "Rung on which most of the firm's output stands: 1 OEM, 2 ODM, 3 OBM, the lower of equal ones; 0 (assembly) for firms on OEM that "
        "work wholly as ordered with material from abroad, which is a hint only, because assembly is never asked.",
        "argmax of the shares of OEM, ODM and OBM; 0 if OEM and oea_hint", (0.0, 3.0),
    ),
):  # fmt: skip
    measure(
        name=_name, level="firm", label_en=_en, label_zh=_zh, definition=_definition, formula=_formula, source=_SOURCE, boundaries=ANSWERED,
        cost="linear", bounds=_bounds, undefined="the firm gives neither shares nor its main business",
    )(measure_ladder)  # fmt: skip
for _name, _en, _zh, _definition, _formula, _bounds in (
    (
        "ladder_place_mean", "Mean place on the ladder", "企业阶梯位置均值",
        "Mean over firms of the place on the ladder, each firm counting once.", "mean over firms", SHARE,
    ),
    (
        "ladder_rung_share", "Share of firms by rung", "各阶梯企业比重",
        "Share of firms on each rung of the ladder: oea, oem, odm, obm.", "share of firms; a category for each rung", SHARE,
    ),
    (
        "ladder_change_mean", "Mean change on the ladder", "阶梯位置变化均值",
        "Mean over firms of the change of their place: since the wave before, over firms that have a place in both; and over the two years before "
        "as firms recall them. With the same firms twice, those that closed are left out.",
        "mean over firms of place_t - place_(t-1); a category for each way of asking", BALANCE,
    ),
):  # fmt: skip
    measure(
        name=_name, level="cluster", label_en=_en, label_zh=_zh, definition=_definition, formula=_formula, source=_SOURCE, boundaries=ANSWERED,
        cost="linear", bounds=_bounds, interval_kind="sampling",
    )(measure_ladder)  # fmt: skip
