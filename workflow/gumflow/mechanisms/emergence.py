"""Formulas of how an innovation network comes about: technology space and emergence probability (2.4.2(1)), and their curves.

The text states what the probability rises and falls with, but prints no formula; what stands here is a reconstruction: see
innovation_emergence, which computes it from answers.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]

SCALE = 0.1
"""Scale alpha of the probability: ten core participants for each year of technology life make it 1 - 1/e = 0.63."""
SPACE_EXPONENT = 0.0
"""Exponent gamma of the relative technology space: 0, as the text does not say whether a larger space helps or hinders."""
SHORTEST_LIFE = 1.0
"""Least technology life in years, so that fields of this year's work do not divide by 0."""


def technology_space(fields: ArrayLike) -> Values:
    """Return how many combinations of two or more of so many fields there are: 2^KB - KB - 1; NaN stays NaN."""
    count = np.asarray(fields, dtype=np.float64)
    return np.exp2(count) - count - 1


def relative_space(fields: ArrayLike, most: float) -> Values:
    """Return omega = ln(1 + technology space) / ln(1 + that of the most fields), in [0, 1]; 0 where the most fields allow no combination."""
    whole = float(np.log1p(technology_space(most)))
    part = np.log1p(technology_space(fields))
    return part / whole if whole > 0 else np.zeros_like(part)


def emergence_probability(
    participants: ArrayLike,
    life: ArrayLike,
    space: ArrayLike = 1.0,
    pays: ArrayLike = 1.0,
    *,
    scale: float = SCALE,
    exponent: float = SPACE_EXPONENT,
) -> Values:
    """Return P_t = [1 - exp(-scale M_t omega^exponent / TL)] x share for whom C_coop + C_shared <= C_solo; arrays broadcast.

    participants M_t >= 0; life TL in years, at least `SHORTEST_LIFE`; space omega in [0, 1]; pays in [0, 1]. A reconstruction.
    """
    years = np.maximum(np.asarray(life, dtype=np.float64), SHORTEST_LIFE)
    weight = np.asarray(space, dtype=np.float64) ** exponent
    return -np.expm1(-scale * np.asarray(participants, dtype=np.float64) * weight / years) * np.asarray(pays)


def technology_space_curve(kb_max: int) -> pd.DataFrame:
    """Return the curve of figure 2-6: knowledge_fields 0 to kb_max, technology_space, and technology_space_pairs, C(KB, 2)."""
    fields = np.arange(kb_max + 1, dtype=np.float64)
    return pd.DataFrame(
        {
            "knowledge_fields": fields,
            "technology_space": technology_space(fields),
            "technology_space_pairs": fields * (fields - 1) / 2,
        }
    )


def emergence_curves(participants: Sequence[float], lives: Sequence[float]) -> pd.DataFrame:
    """Return the curves of figure 2-7, a row for each number of core participants and technology life in years.

    Columns: core_participants, technology_life, network_emergence_probability (where working together pays).
    """
    grid = np.array([(m, life) for m in participants for life in lives], dtype=np.float64).reshape(-1, 2)
    table = pd.DataFrame(grid, columns=["core_participants", "technology_life"])
    return table.assign(network_emergence_probability=emergence_probability(grid[:, 0], grid[:, 1]))
