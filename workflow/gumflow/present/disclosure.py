"""What may leave `internal/`: tables and figures that show single actors are public only where the actors are.

Firms that answered a survey or an interview were promised that neither names nor single answers are disclosed. Cases coded from a
published text, official figures and synthetic data are public by nature.
"""

import numpy as np
import pandas as pd

from gumflow.present.wording import Words

PUBLIC_GRADES = ("case", "official", "synthetic")
# Facts, events and the chain hold free text, in which anyone may be named.
ACTOR_TABLES = ("actors", "ties", "statements", "facts", "events", "chain", "actor_measures", "dyad_measures")
WITHHELD = Words(
    "Withheld: this study rests on what firms or persons told in confidence. Whatever shows single actors stays in internal/.",
    "未公开：本研究依据企业或个人在保密承诺下提供的信息，涉及单个主体的内容仅保存在 internal/ 中。",
)


def shows_actors(grade: str) -> bool:
    """Return whether single actors of a study of this grade may be shown in `public/`."""
    return grade in PUBLIC_GRADES


FEW = "withheld: rests on fewer than the least number of firms"
_COUNTS = ("ties_stated", "mixing_ties")


def withhold_small(scores: pd.DataFrame, grade: str, minimum_firms: int) -> pd.DataFrame:
    """Return the scores as a study of this grade may show them: of a confidential one, no value on few firms.

    Withheld are values on 1 to `minimum_firms` - 1 actors (`n`), counts of so few ties, and all that is said of single pairs of groups, since
    a group may be one firm.
    """
    if shows_actors(grade) or scores.empty:
        return scores
    n, value = scores["n"].to_numpy(dtype=float), scores["value"].to_numpy(dtype=float)
    few = (n > 0) & (n < minimum_firms)
    few |= scores["measure"].isin(_COUNTS).to_numpy() & (value > 0) & (value < minimum_firms)
    few |= (scores["unit_kind"] == "group_pair").to_numpy()
    numbers = {
        c: np.where(few, np.nan, scores[c].to_numpy(dtype=float)) for c in ("value", "low", "high", "n")
    }
    return scores.assign(**numbers, withheld=scores["withheld"].mask(few, FEW))
