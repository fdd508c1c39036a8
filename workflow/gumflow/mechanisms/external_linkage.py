"""External linkage: where a cluster stands on the ladder from assembly to own brand, and how its chain is governed (2.3.3, 2.4.4, 4.x.2)."""

import math
from dataclasses import dataclass

import pandas as pd

from gumflow.contract.scores import scores_table
from gumflow.measures.registry import measure
from gumflow.networks.layers import BOUNDARIES

CELL = ("study", "cluster", "wave", "grade")
METHOD_LADDER = "ladder = (OEM + 2 ODM + 3 OBM) / 3 of shares; bounds over what the printed shares leave open [reconstruction]"
NO_SHARES = "the printed shares cannot be shares: each must lie from 0 to 1 (or 0 to 100 percent), and not all designs be 0"
NOT_STATED = "not stated: the source prints no share of OEM, ODM or own brand"


@dataclass(frozen=True)
class Ladder:
    """Bounds of the shares of OEM, ODM and OBM and of the ladder position that they allow, each (low, high) in [0, 1]."""

    oem: tuple[float, float]
    odm: tuple[float, float]
    obm: tuple[float, float]
    position: tuple[float, float]
    reading: str


def ladder_from_oem_share(oem: float) -> Ladder:
    """Bound the ladder when only the share of OEM is printed: the rest may be anything from assembly (0) to own brand (1)."""
    rest = 1 - oem
    low = oem / 3
    return Ladder(
        (oem, oem),
        (0.0, rest),
        (0.0, rest),
        (low, low + rest),
        "only the share of OEM is printed; the rest is open",
    )


def ladder_from_separate_shares(own_brand: float, by_firm: float, joint: float, by_buyer: float) -> Ladder:
    """Bound the ladder when the share of own brands and, apart from it, the shares of who designs are printed.

    The two are averages of separate questions, so which branded goods were whose design is unknown. OBM = own_brand. Design shares are
    rescaled to sum to 1. ODM, unbranded goods of own design, is smallest when own designs carry the own brands and joint design counts as
    the buyer's, and largest when bought designs carry them and joint design counts as own (Frechet bounds of a two-by-two table).
    """
    total = by_firm + joint + by_buyer
    own, shared = by_firm / total, joint / total
    unbranded = 1 - own_brand
    odm = max(0.0, own - own_brand), min(unbranded, own + shared)
    oem = unbranded - odm[1], unbranded - odm[0]
    position = (oem[1] + 2 * odm[0]) / 3 + own_brand, (oem[0] + 2 * odm[1]) / 3 + own_brand
    reading = "brand and design shares are separate averages; bounds over how they combine, joint design on either side"
    return Ladder(oem, odm, (own_brand, own_brand), position, reading)


def ladder_scores(facts: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return ladder scores per cell from the facts `oem_share_of_exports`, or `own_brand_share` with the `design_..._share` facts.

    Shares printed in percent are divided by 100. Where the needed figures are not printed, or are no shares, the position is withheld.
    """
    rows = []
    for cell in cells.to_dict("records"):
        mine = facts[(facts["cluster"] == cell["cluster"]) & (facts["wave"] == cell["wave"])].set_index(
            "fact"
        )
        head = {key: cell[key] for key in CELL} | {
            "layer": "chain",
            "unit_kind": "cluster",
            "unit": cell["cluster"],
        }
        ladder = _ladder_of(mine)
        if isinstance(ladder, str):
            rows.append({**head, "measure": "ladder_position", "withheld": ladder, "method": METHOD_LADDER})
            continue
        for name, (low, high) in {
            "ladder_position": ladder.position,
            "share_oem": ladder.oem,
            "share_odm": ladder.odm,
            "share_obm": ladder.obm,
        }.items():
            point = low if low == high else math.nan
            withheld = "" if low == high else f"only bounds: {ladder.reading}"
            rows.append(
                {
                    **head,
                    "measure": name,
                    "value": point,
                    "low": low,
                    "high": high,
                    "interval_kind": "method",
                }
                | {"withheld": withheld, "method": METHOD_LADDER}
            )
    return scores_table(rows)


def _ladder_of(facts: pd.DataFrame) -> Ladder | str:
    """Return the ladder that the facts allow, or why there is none."""

    def share(name: str) -> float:
        if name not in facts.index:
            return math.nan
        value, unit = facts.at[name, "value"], facts.at[name, "unit"]
        return float(value) / 100 if unit == "percent" else float(value)

    separate = [
        share(n)
        for n in ("own_brand_share", "design_by_firm_share", "design_joint_share", "design_by_buyer_share")
    ]
    if not any(map(math.isnan, separate)):
        sound = all(0 <= s <= 1 for s in separate) and sum(separate[1:]) > 0
        return ladder_from_separate_shares(*separate) if sound else NO_SHARES
    oem = share("oem_share_of_exports")
    if math.isnan(oem):
        return NOT_STATED
    return ladder_from_oem_share(oem) if 0 <= oem <= 1 else NO_SHARES


def chain_scores(chain: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return per cell who drives the chain and how it is governed, as the source states it (category), or `not stated`."""
    rows = []
    for cell in cells.to_dict("records"):
        mine = chain[(chain["cluster"] == cell["cluster"]) & (chain["wave"] == cell["wave"])]
        for item, name in (("driver", "chain_driver"), ("governance_type", "chain_governance_type")):
            stated = mine[mine["item"] == item]
            head = {key: cell[key] for key in CELL} | {
                "layer": "chain",
                "unit_kind": "cluster",
                "unit": cell["cluster"],
                "measure": name,
                "method": "as stated",
            }
            if stated.empty:
                rows.append({**head, "withheld": "not stated"})
            rows += [{**head, "category": c} for c in stated["category"]]
    return scores_table(rows)


_LADDER_SOURCE = (
    "The book, 2.3.3, for the rungs; Frechet 1951 for the bounds of a two-by-two table [reconstruction]"
)
measure(
    name="ladder_position",
    level="cluster",
    label_en="Position on the ladder",
    label_zh="阶梯位置",
    definition="Mean rung of the cluster's output from assembly (0) over OEM (1/3) and ODM (2/3) to own brand (1). Low and high bound what the printed "
    "shares leave open; the equal steps are a convention.",
    formula="(OEM + 2 ODM + 3 OBM) / 3 of shares",
    source=_LADDER_SOURCE,
    boundaries=BOUNDARIES,
    cost="linear",
    interval_kind="method",
    undefined="the source prints no share of OEM, ODM or own brand",
)(ladder_scores)
for _rung, _zh in (("oem", "贴牌"), ("odm", "自主设计"), ("obm", "自主品牌")):
    measure(
        name=f"share_{_rung}",
        level="cluster",
        label_en=f"Share of {_rung.upper()}",
        label_zh=f"{_rung.upper()}（{_zh}）比重",
        definition=f"Share of {_rung.upper()} in the cluster's output as the source defines it (exports, or firms' averages), with the bounds that the "
        "printed shares allow.",
        formula="printed share; bounds over how separately printed shares combine",
        source=_LADDER_SOURCE,
        boundaries=BOUNDARIES,
        cost="linear",
        interval_kind="method",
        undefined="the source prints no share that bounds it",
    )(ladder_scores)
for _name, _en, _zh in (
    ("chain_driver", "Chain driver", "价值链驱动者"),
    ("chain_governance_type", "Governance of the chain", "价值链治理类型"),
):
    measure(
        name=_name,
        level="cluster",
        label_en=_en,
        label_zh=_zh,
        definition="As the source states it for the cluster's chain; a category, not a number.",
        formula="category of chain.csv",
        source="Gereffi 1999; Gereffi, Humphrey and Sturgeon 2005",
        boundaries=BOUNDARIES,
        cost="linear",
        undefined="the source does not state it",
    )(chain_scores)
