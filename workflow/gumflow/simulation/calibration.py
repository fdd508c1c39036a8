"""Thresholds and intercepts solved so that answers have stated shares, and the table of what the book prints and what was obtained."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.simulation.constructs import ItemParameters

Floats = NDArray[np.float64]
_STEPS = 500

CALIBRATION_COLUMNS = (
    "cluster", "wave", "instrument", "fact", "section", "qualifier", "printed", "item", "options", "aimed", "obtained", "firms",
    "standard_error", "note",
)  # fmt: skip


def cut_points(signal: Floats, noise_sd: float, shares: Sequence[float]) -> Floats:
    """Return the ascending cuts of y = signal + noise_sd * e (e standard normal) between categories with these expected shares.

    `signal` is one value a firm; `shares` of all categories, lowest first, sum to 1; there is one cut less than categories. A share that
    cannot be told from 0 gives a cut at minus or plus infinity.
    """
    from scipy.special import ndtr

    def below(cut: float) -> float:
        return float(ndtr((cut - signal) / max(noise_sd, 1e-9)).mean())

    return np.array([_solved(below, float(share)) for share in np.cumsum(shares)[:-1]])


def _solved(function: Callable[[float], float], goal: float) -> float:
    """Return where an increasing function reaches `goal`, by bisection between -20 and 20."""
    if goal <= 1e-12 or goal >= 1 - 1e-12:
        return -np.inf if goal <= 1e-12 else np.inf
    low, high = -20.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < goal else (low, middle)
    return (low + high) / 2


def parts_with_means(log_parts: Floats, means: Floats) -> Floats:
    """Return parts of 1 (firms x parts), in each row proportional to exp(log_parts + intercept), whose column means are `means`.

    The intercepts are found by raising each by the logarithm of what its mean lacks, until no mean is off by 1e-9.
    """
    intercepts = np.log(np.maximum(means, 1e-12))
    parts = np.zeros_like(log_parts)
    for _ in range(_STEPS):
        raised = log_parts + intercepts
        parts = np.exp(raised - raised.max(axis=1, keepdims=True))
        parts /= parts.sum(axis=1, keepdims=True)
        now = parts.mean(axis=0)
        if np.abs(now - means).max() < 1e-9:
            break
        intercepts += np.log(np.maximum(means, 1e-12) / np.maximum(now, 1e-300))
    return parts


def calibration_table(
    answers: Mapping[tuple[str, str, str], pd.DataFrame], items: ItemParameters
) -> pd.DataFrame:
    """Return one row a printed figure, cluster and wave (columns CALIBRATION_COLUMNS): printed, aimed at and obtained, in percent.

    `answers` is by (cluster, wave, instrument) as `questionnaire_answers` returns them. `obtained` is the share of those who answered that
    ticked one of the options (items of ticks), the mean over them of the parts together (shares), or the mean of the number over that of
    `among` where it is not 0. `standard_error` is that of a mean of that many firms. Figures that no item carries have NaN.
    """
    rows = []
    for (cluster, wave, instrument), given in answers.items():
        for target in items["targets"].get(instrument, ()):
            shown = _shown(given, target) if "item" in target else np.empty(0)
            count = len(shown)
            rows.append(
                {
                    "cluster": cluster,
                    "wave": wave,
                    "instrument": instrument,
                    "fact": target["fact"],
                    "section": target["section"],
                    "qualifier": target["qualifier"],
                    "printed": float(target["value"]),
                    "item": target.get("item", ""),
                    "options": " ".join(target.get("options", ())),
                    "aimed": 100 * _aimed(items["items"], target) if "item" in target else np.nan,
                    "obtained": float(shown.mean()) if count else np.nan,
                    "firms": count,
                    "standard_error": float(shown.std(ddof=1) / np.sqrt(count)) if count > 1 else np.nan,
                    "note": target.get("note", ""),
                }
            )
    return pd.DataFrame(rows, columns=list(CALIBRATION_COLUMNS))


def _aimed(items: ItemParameters, target: Mapping) -> float:
    if "among" in target:
        return float(items[target["among"]]["parts"][target["item"]])
    shares = items[target["item"]]["shares"]
    return float(sum(shares[option] for option in target["options"]))


def _shown(answers: pd.DataFrame, target: Mapping) -> Floats:
    """Return what each firm that answered shows, in percent."""
    given = answers[answers["missing_reason"] == ""]
    mine = given[given["question"] == target["item"]]
    if "among" in target:
        total = given[(given["question"] == target["among"]) & (given["value"] > 0)]
        both = mine.merge(total, on="respondent", suffixes=("", "_total"))
        return (100 * both["value"] / both["value_total"]).to_numpy()
    wanted = mine["option"].isin(target["options"])
    shown = mine["value"].where(wanted, 0.0).groupby(mine["respondent"]).sum()
    # Ticks are 1, parts are percent.
    tick = bool((mine["value"] <= 1).all())
    return (shown * (100 if tick else 1)).to_numpy(dtype=float)
