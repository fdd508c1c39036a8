"""Weights of a group's children judged by people: points out of a budget, and comparisons of pairs (AHP)."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.index.data_weights import GroupWeights

Floats = NDArray[np.float64]

RANDOM_INDEX = {
    3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49, 11: 1.51, 12: 1.48, 13: 1.56, 14: 1.57, 15: 1.59,
}  # fmt: skip
"""Mean consistency index of random reciprocal matrices by their size (Saaty 1980, table in chapter 1)."""
MOST_INCONSISTENT = 0.1
"""Highest consistency ratio that Saaty (1980) lets pass."""
# 1/3 written as 0.33, 1/8 as 0.13: rounded to two digits, pairs are reciprocal to within 5 %.
_ROUNDED = 0.05
_SAME = 1e-6


def given_weights(weights: Sequence[float], names: Sequence[str]) -> GroupWeights:
    """Return given weights rescaled to add up to 1.

    Raises:
        GumflowError: lists the weights that are negative or not known, or says that they add up to 0.
    """
    given = np.asarray(weights, dtype=np.float64)
    faults = [
        f"the weight of {name} is {weight:g}; give a number from 0 upward"
        for name, weight in zip(names, given, strict=True)
        if not (np.isfinite(weight) and weight >= 0)
    ]
    if not faults and given.sum() <= 0:
        faults = [f"the weights of {', '.join(names)} add up to 0; give at least one of them more"]
    if faults:
        raise GumflowError("\n".join(faults))
    return GroupWeights(given / given.sum())


def budget_weights(points: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> GroupWeights:
    """Return the mean share of points that experts give each child (budget allocation; OECD and JRC 2008, 6.2).

    Each expert divides the same budget among the children of the group; whatever other codes an expert has points for belongs to other groups. `spread`
    is the standard deviation of each child's share over experts (n - 1; NaN of a single expert), `least` and `most` the range.

    Args:
        points: expert -> code -> points, from 0 upward.
        names: codes of the children.

    Raises:
        GumflowError: lists each expert who left a child out, gave negative points, or another total than the others.
    """
    if not points:
        raise GumflowError(
            "there is no budget; give the points of each expert under weight.budget, or choose other weights"
        )
    faults = []
    totals: dict[str, float] = {}
    for expert, given in points.items():
        absent = [name for name in names if name not in given]
        if absent:
            faults.append(f"expert {expert} has no points for {', '.join(absent)}; write 0 for none")
        wrong = {name: given[name] for name in names if name in given and not 0 <= given[name] < np.inf}
        faults += [
            f"expert {expert} gives {name} {value:g} points; give 0 or more" for name, value in wrong.items()
        ]
        if not absent and not wrong:
            totals[expert] = float(sum(given[name] for name in names))
    if totals and (
        min(totals.values()) <= 0
        or max(totals.values()) - min(totals.values()) > _SAME * max(totals.values())
    ):
        listed = ", ".join(f"{expert} {total:g}" for expert, total in totals.items())
        faults.append(
            f"experts must divide the same number of points (above 0) among {', '.join(names)}; totals: {listed}"
        )
    if faults:
        raise GumflowError("\n".join(faults))
    shares = np.array([[given[name] for name in names] for given in points.values()], dtype=np.float64)
    shares /= shares.sum(axis=1, keepdims=True)
    experts = len(shares)
    spread = shares.std(axis=0, ddof=1) if experts > 1 else np.full(len(names), np.nan)
    notes = () if experts > 1 else ("the budget is that of one expert: how far experts agree is not known",)
    weights = shares.mean(axis=0)
    return GroupWeights(
        weights / weights.sum(),
        {"experts": float(experts)},
        {"spread": spread, "least": shares.min(axis=0), "most": shares.max(axis=0)},
        notes,
    )


def judgment_matrix(pairs: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> Floats:
    """Return the reciprocal matrix (k, k) of judgments of pairs: entry i, j is how many times as important i is as j.

    Each pair is judged once, in either order; where both stand, the second must be 1 over the first, to within rounding to two digits,
    and the larger of the two counts.

    Raises:
        GumflowError: lists pairs without judgment, judgments that are not above 0 or contradict their reverse, unknown codes, and a child that is not 1 of itself.
    """
    faults = []
    for first, judged in pairs.items():
        for second, value in judged.items():
            unknown = [code for code in (first, second) if code not in names]
            if unknown:
                faults.append(
                    f"{first} against {second}: {', '.join(unknown)} is not a child of the group; its children: {', '.join(names)}"
                )
            elif not 0 < value < np.inf:
                faults.append(
                    f"{first} against {second} is {value:g}; write a number above 0, such as 3 or 0.333"
                )
            elif first == second and value != 1:
                faults.append(f"{first} against itself is {value:g}; leave it out, or write 1")
    matrix = np.eye(len(names))
    for (i, one), (j, other) in itertools.combinations(enumerate(names), 2):
        there, back = pairs.get(one, {}).get(other), pairs.get(other, {}).get(one)
        if there is None and back is None:
            faults.append(f"{one} against {other} is not judged; say how many times as important {one} is")
        elif faults:
            continue
        elif there is not None and back is not None and abs(there * back - 1) > _ROUNDED:
            faults.append(
                f"{one} against {other} is {there:g}, but {other} against {one} is {back:g} instead of {1 / there:.3g}; leave one out"
            )
        else:
            # The larger is exact where the smaller was rounded.
            value = there if there is not None and (back is None or there >= 1) else 1 / float(back or 1)
            matrix[i, j], matrix[j, i] = value, 1 / value
    if faults:
        raise GumflowError("\n".join(faults))
    return matrix


def ahp_weights(pairs: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> GroupWeights:
    """Return the principal eigenvector of a matrix of judgments, adding up to 1, and how consistent the judgments are (Saaty 1977, 1980).

    `consistency_index` is (lambda_max - k) / (k - 1); `consistency_ratio` is it over that of random judgments (`RANDOM_INDEX`), 0 up to two children.
    A ratio above `MOST_INCONSISTENT` is said in a note, with the judgment that is farthest from the ratio of its weights.

    Args, errors: as `judgment_matrix`; or there are more than 15 children, for which no random index is published there.
    """
    k = len(names)
    if k > max(RANDOM_INDEX):
        raise GumflowError(
            f"AHP compares at most {max(RANDOM_INDEX)} children, there are {k}: make smaller groups, or choose budget"
        )
    matrix = judgment_matrix(pairs, names)
    found, vectors = np.linalg.eig(matrix)
    at = int(np.argmax(found.real))
    weights = np.abs(vectors[:, at].real)
    weights /= weights.sum()
    index = max((float(found[at].real) - k) / (k - 1), 0.0) if k > 1 else 0.0
    # Any judgment of one pair is consistent; what is left is rounding.
    ratio = index / RANDOM_INDEX[k] if k > 2 else 0.0
    notes: tuple[str, ...] = ()
    if ratio > MOST_INCONSISTENT:
        off = np.triu(np.abs(np.log(matrix * weights[None, :] / weights[:, None])), 1)
        i, j = divmod(int(np.argmax(off)), k)
        notes = (
            f"the judgments contradict each other: consistency ratio {ratio:.2f}, above {MOST_INCONSISTENT}; farthest off is {names[i]} against "
            f"{names[j]}, judged {matrix[i, j]:.3g}, where all together say {weights[i] / weights[j]:.3g}",
        )
    return GroupWeights(
        weights,
        {"lambda_max": float(found[at].real), "consistency_index": index, "consistency_ratio": ratio},
        {},
        notes,
    )
