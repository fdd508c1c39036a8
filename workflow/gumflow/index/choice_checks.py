"""Whether choices fit a tree and its data: codes that are there, and what single methods need."""

from collections.abc import Iterable, Mapping

from gumflow.index.choices import Choices, is_interval, varied
from gumflow.index.table import IndexData
from gumflow.index.tree import IndexTree, nearest, refuse_all


def check_choices(choices: Choices, tree: IndexTree, data: IndexData, source: str = "choices") -> None:
    """Raise one `GumflowError` that lists all in which choices, and the options of their assumptions, do not fit tree and data.

    That is: codes of indicators, groups, children and levels that are not in the tree; methods that need goalposts, targets,
    bounds, a reference unit, times, groups of units, points of experts or judgments of pairs which are not given; an outcome that is no
    column of the data.
    """
    faults = _code_faults(choices, tree)
    faults += _need_faults(choices, tree, data)
    for path, options in choices.uncertainty.assumptions.items():
        for option in options if not is_interval(path, options) else ():
            faults += _need_faults(varied(choices, {path: option}), tree, data)
    if choices.audit.outcome and choices.audit.outcome not in data.others.columns:
        faults.append(
            f"audit.outcome: {choices.audit.outcome!r} is no column of numbers in the data that the tree leaves free"
            f"{nearest(choices.audit.outcome, map(str, data.others.columns))}"
        )
    refuse_all(source, list(dict.fromkeys(faults)))


def _code_faults(choices: Choices, tree: IndexTree) -> list[str]:
    indicators, groups = tree.indicators, tree.groups
    named: list[tuple[str, Iterable[str], tuple[str, ...], str]] = [
        ("denominate.scale", choices.denominate.scale, indicators, "indicator"),
        ("treat.indicators", choices.treat.indicators, indicators, "indicator"),
        ("normalize.indicators", choices.normalize.indicators, indicators, "indicator"),
        ("normalize.bounds", choices.normalize.bounds, indicators, "indicator"),
        ("weight.groups", choices.weight.groups, groups, "group"),
        ("weight.ahp", choices.weight.ahp, groups, "group"),
        ("aggregate.groups", choices.aggregate.groups, groups, "group"),
    ]
    children = tuple(code for code in tree.nodes if code != tree.root)
    named += [(f"weight.budget.{e}", points, children, "node") for e, points in choices.weight.budget.items()]
    for group, judged in choices.weight.ahp.items():
        if group in groups:
            codes = [*judged, *(other for others in judged.values() for other in others)]
            named.append(
                (f"weight.ahp.{group}", dict.fromkeys(codes), tree.children(group), f"child of {group}")
            )
    faults = [
        f"{place}: {code!r} is no {what} of the tree{nearest(code, known)}"
        for place, codes, known, what in named
        for code in codes
        if code not in known
    ]
    faults += [
        f"aggregate.levels: the tree has no groups at level {level}; its levels of groups are 2 to {tree.depth}"
        for level in choices.aggregate.levels
        if level > tree.depth
    ]
    if max(choices.uncertainty.noise_levels, default=1) >= tree.depth:
        faults.append(
            f"uncertainty.noise_levels: {list(choices.uncertainty.noise_levels)}: weights are of levels 1 to {tree.depth - 1}"
        )
    return faults


def _need_faults(choices: Choices, tree: IndexTree, data: IndexData) -> list[str]:
    return _normalize_needs(choices, tree, data) + _unit_needs(choices, data) + _weight_needs(choices, tree)


def _normalize_needs(choices: Choices, tree: IndexTree, data: IndexData) -> list[str]:
    normalize = choices.normalize
    using: dict[str, list[str]] = {}
    for code in tree.indicators:
        using.setdefault(normalize.indicators.get(code, normalize.method), []).append(code)
    nodes = tree.nodes
    missing = {
        "goalposts": ("goalposts in the tree", [c for c in using.get("goalposts", []) if nodes[c].goalposts is None]),
        "distance_to_target": ("a target in the tree", [c for c in using.get("distance_to_target", []) if nodes[c].target is None]),
        "scaled": ("normalize.bounds", [c for c in using.get("scaled", []) if c not in normalize.bounds]),
    }  # fmt: skip
    faults = [
        f"normalize.method {method} needs {what} for {', '.join(codes)}; add them, or choose another method there"
        for method, (what, codes) in missing.items()
        if codes
    ]
    if "distance_to_reference" in using and normalize.reference not in set(data.units.tolist()):
        hint = nearest(normalize.reference, data.units.tolist())
        faults.append(
            f"normalize.reference: {normalize.reference!r} is no unit of the data{hint}; distance_to_reference needs one"
        )
    return faults


def _unit_needs(choices: Choices, data: IndexData) -> list[str]:
    faults = []
    panel = len(set(data.times.tolist())) > 1
    if choices.normalize.by == "time" and not panel:
        faults.append("normalize.by time needs a column time in the data with several times")
    if choices.impute.method.startswith("panel_") and not panel:
        faults.append(
            f"impute.method {choices.impute.method} needs a column time in the data with several times"
        )
    if choices.impute.method.startswith("group_") and not (data.groups != "").any():
        faults.append(
            f"impute.method {choices.impute.method} needs a column group in the data, or another one named as the groups (--group)"
        )
    return faults


def _weight_needs(choices: Choices, tree: IndexTree) -> list[str]:
    weight = choices.weight
    faults = []
    for group in tree.groups:
        method = weight.groups.get(group, tree.nodes[group].weigh or weight.method)
        children = tree.children(group)
        if method == "budget":
            faults += _budget_needs(weight.budget, group, children)
        if method == "ahp" and len(children) > 1:
            judged = weight.ahp.get(group, {})
            pairs = [
                (a, b)
                for i, a in enumerate(children)
                for b in children[i + 1 :]
                if b not in judged.get(a, {}) and a not in judged.get(b, {})
            ]
            if pairs:
                shown = ", ".join(f"{a} and {b}" for a, b in pairs)
                faults.append(
                    f"weight.ahp.{group}: there is no judgment of {shown}; judge every pair of children"
                )
            faults += [
                f"weight.ahp.{group}: {a} and {b} are judged both ways; keep one, the other is 1 over it"
                for i, a in enumerate(children)
                for b in children[i + 1 :]
                if b in judged.get(a, {}) and a in judged.get(b, {})
            ]
    return faults


def _budget_needs(
    budget: Mapping[str, Mapping[str, float]], group: str, children: tuple[str, ...]
) -> list[str]:
    if not budget:
        return [f"weight.budget: there are no points of experts for {group}; give expert, code, points"]
    return [
        f"weight.budget.{expert}: there are no points for {', '.join(c for c in children if c not in points)} in {group}; give 0 where it is meant"
        for expert, points in budget.items()
        if any(child not in points for child in children)
    ]
