"""The weights of every group of a tree: which method each group has, and what the method makes of the scores of its children, bottom up."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.index.aggregate import Climb, Weights, benefit_groups, group_method, weight_method
from gumflow.index.benefit import benefit_of_the_doubt
from gumflow.index.data_weights import (
    GroupWeights,
    balanced_weights,
    critic_weights,
    entropy_weights,
    equal_weights,
    pca_weights,
)
from gumflow.index.judged_weights import ahp_weights, budget_weights, given_weights
from gumflow.index.small_n import DATA_DRIVEN
from gumflow.index.tree import IndexTree

if TYPE_CHECKING:
    from gumflow.index.choices import AggregateChoice, WeightChoice

Floats = NDArray[np.float64]

# Scores come out of a search that stops within a billionth of the best.
_AT_ONE = 1e-8
_FROM_DATA = {"pca": pca_weights, "entropy": entropy_weights, "critic": critic_weights}


def weigh_group(
    values: Floats,
    method: str,
    names: Sequence[str],
    *,
    given: Sequence[float] = (),
    budget: Mapping[str, Mapping[str, float]] | None = None,
    pairs: Mapping[str, Mapping[str, float]] | None = None,
    seed: int = 0,
) -> GroupWeights:
    """Return the weights of one group's children by one method (all but benefit of the doubt, which weighs unit by unit).

    Args:
        values: (n, k) scores of the children, used by pca, entropy, critic and balanced.
        method: given, equal, pca, entropy, critic, balanced, budget or ahp.
        names: codes of the k children.
        given: (k,) the tree's weights, used by given and, as target importance, by balanced.
        budget: points of each expert: expert -> code -> points.
        pairs: judgments of the group's pairs: code -> other code -> times as important.
        seed: of the random starts of balanced.

    Raises:
        GumflowError: see the methods.
    """
    if method == "equal":
        return equal_weights(len(names))
    if method == "budget":
        return budget_weights(budget or {}, names)
    if method == "ahp":
        return ahp_weights(pairs or {}, names)
    if method == "given":
        return given_weights(given, names)
    if method == "balanced":
        return balanced_weights(values, names, given_weights(given, names).weights, seed=seed)
    if method in _FROM_DATA:
        return _FROM_DATA[method](values, names)
    known = ", ".join(("given", "equal", "balanced", "budget", "ahp", *_FROM_DATA))
    raise GumflowError(f"weighting {method!r} is not known; known: {known}")


def weigh(
    normalized: Floats,
    tree: IndexTree,
    choice: "WeightChoice",
    aggregate: "AggregateChoice",
    *,
    seed: int = 0,
    scale: tuple[float, float] | None = None,
) -> Weights:
    """Return the weights of all groups, bottom up: weights of a group of groups that are read from data rest on the scores of those below.

    Args:
        normalized: (n, p) in the order of the tree's indicators, more is better, NaN = not known.
        aggregate: how scores come about on the way up.
        seed: of the random starts of balanced weights.
        scale: see `score_groups`.

    Returns:
        `Weights`, with `details` (group, code or "", statistic, value) and `notes`, each of which names the group; `shares` (n, k) of each
        unit under benefit of the doubt, whose mean over units stands as the weights of the group.

    Raises:
        GumflowError: one that lists the faults of all groups.
    """
    methods = {group: weight_method(tree, choice, group) for group in tree.groups}
    climb = Climb(normalized, tree, aggregate, scale, benefit_groups(tree, choice))
    needed = _below_data_driven(tree, methods)
    found: dict[str, GroupWeights] = {}
    shares: dict[str, Floats] = {}
    for group in tree.groups:
        children = tree.children(group)
        # Where weights do not look at data, scores are not needed, and what forbids them is said when they are.
        values = climb.values(group) if methods[group] in DATA_DRIVEN else normalized[:, :0]
        try:
            if group in climb.benefit:
                found[group], shares[group], scores = _benefit(
                    values, climb.benefit[group], aggregate.least, group, children
                )
                climb.put(group, scores)
                continue
            found[group] = _by_choice(values, tree, choice, group, methods[group], seed)
        except GumflowError as error:
            climb.faults += [_named(line, group) for line in str(error).splitlines()]
            if group in needed:
                climb.put(group, np.full(len(normalized), np.nan))
            continue
        if group in needed:
            climb.score(group, found[group].weights)
    if climb.faults:
        raise GumflowError("\n".join(dict.fromkeys(climb.faults)))
    return Weights(
        groups={group: found[group].weights for group in tree.groups},
        benefit=climb.benefit,
        methods=methods,
        details=_details(tree, found),
        shares=shares,
        notes=tuple(_notes(tree, found, climb)),
    )


def _notes(tree: IndexTree, found: Mapping[str, GroupWeights], climb: Climb) -> Iterator[str]:
    for group in tree.groups:
        yield from (f"group {group}: {note}" for note in found[group].notes)
        unused = group_method(tree, climb.choice, group)
        if group in climb.benefit and unused != "arithmetic":
            yield (
                f"group {group}: aggregation {unused} is not used, since under benefit of the doubt units are scored by the weights that they choose"
            )


def _by_choice(
    values: Floats, tree: IndexTree, choice: "WeightChoice", group: str, method: str, seed: int
) -> GroupWeights:
    children = tree.children(group)
    given = [tree.nodes[child].weight for child in children]
    pairs = choice.ahp.get(group)
    return weigh_group(values, method, children, given=given, budget=choice.budget, pairs=pairs, seed=seed)


def _named(line: str, group: str) -> str:
    return line if line.startswith("group ") else f"group {group}: {line}"


def _below_data_driven(tree: IndexTree, methods: Mapping[str, str]) -> set[str]:
    """Return the groups whose scores a group above reads its weights from."""
    waiting = [
        child for group, method in methods.items() if method in DATA_DRIVEN for child in tree.children(group)
    ]
    below: set[str] = set()
    while waiting:
        code = waiting.pop()
        if code in methods and code not in below:
            below.add(code)
            waiting += tree.children(code)
    return below


def _benefit(
    values: Floats, bounds: tuple[float, float], least: float, group: str, children: Sequence[str]
) -> tuple[GroupWeights, Floats, Floats]:
    """Return mean shares as weights, with their spread over units, then the shares and the scores of units."""
    found = benefit_of_the_doubt(values, bounds=bounds, least=least, group=group, children=children)
    scored = found.shares[~np.isnan(found.shares).any(axis=1)]
    if not len(scored):
        raise GumflowError(
            "no unit has a score above 0 under benefit of the doubt; impute what is missing, or choose given or equal weights"
        )
    mean = scored.mean(axis=0)
    statistics = {
        "spread": scored.std(axis=0, ddof=1 if len(scored) > 1 else 0),
        "least": scored.min(axis=0),
        "most": scored.max(axis=0),
    }
    at_one = int((found.scores > 1 - _AT_ONE).sum())
    group_statistics = {"units_at_one": float(at_one), "units": float(len(scored))}
    notes: tuple[str, ...] = ()
    if at_one > len(scored) / 2:
        notes = (
            f"{at_one} of {len(scored)} units score 1 with their own best weights, so they are not told apart; give the shares closer bounds "
            "(weight.bounds), or group fewer children together",
        )
    return GroupWeights(mean / mean.sum(), group_statistics, statistics, notes), found.shares, found.scores


def _details(tree: IndexTree, found: Mapping[str, GroupWeights]) -> pd.DataFrame:
    """Return what the methods found out, in long form: group, code ("" for the whole group), statistic, value."""
    rows: list[tuple[str, str, str, float]] = []
    for group in tree.groups:
        one = found[group]
        rows += [(group, "", name, value) for name, value in one.group_statistics.items()]
        for name, values in one.child_statistics.items():
            rows += [
                (group, code, name, float(v)) for code, v in zip(tree.children(group), values, strict=True)
            ]
    return pd.DataFrame(rows, columns=["group", "code", "statistic", "value"])


def weights_table(weights: Weights, tree: IndexTree) -> pd.DataFrame:
    """Return one row for each node below the index: group (its parent), code, level, method, weight, weight_in_index.

    `weight` adds up to 1 over the children of a group; `weight_in_index` is its product with the weights of all groups above, and adds up
    to 1 over the indicators. It is what a point of the node adds to the index where all groups are combined arithmetically.
    Rows go down the tree, in the order of its file.
    """
    whole = {tree.root: 1.0}
    rows = []
    for group in reversed(tree.groups):
        for code, weight in zip(tree.children(group), weights[group], strict=True):
            whole[code] = whole[group] * float(weight)
    parts = {
        code: float(w)
        for group in tree.groups
        for code, w in zip(tree.children(group), weights[group], strict=True)
    }
    for code, node in tree.nodes.items():
        if node.parent:
            rows.append(
                (
                    node.parent,
                    code,
                    tree.level(code),
                    weights.methods.get(node.parent, ""),
                    parts[code],
                    whole[code],
                )
            )
    return pd.DataFrame(rows, columns=["group", "code", "level", "method", "weight", "weight_in_index"])
