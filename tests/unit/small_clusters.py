"""Small clusters that tests of mechanisms share."""

import numpy as np
import pandas as pd

from gumflow.contract.model import load_model
from gumflow.mechanisms.cluster import Cluster, MechanismSettings
from gumflow.networks.layers import NETWORKS

MODEL = load_model()
ANSWER_COLUMNS = [
    "respondent",
    "instrument",
    "question",
    "alter",
    "option",
    "value",
    "text",
    "missing_reason",
]


def named(number):
    return f"n{number:02d}"


def answer_table(rows):
    """Make tidy answers from (firm number, question, alter, option, value) tuples; alter is a number, a name or ''."""
    table = [
        {
            "respondent": named(who), "instrument": "relational_module", "question": question,
            "alter": named(alter) if isinstance(alter, int) else alter, "option": option, "value": float(value), "text": "", "missing_reason": "",
        }
        for who, question, alter, option, value in rows
    ]  # fmt: skip
    return pd.DataFrame(table, columns=ANSWER_COLUMNS)


def small_cluster(
    layers=None, *, size=None, boundary="census", responded=None, indicators=None, declared=None, answers=None, formal=None,
    columns=None, bodies=None, outside=None, undirected=("social", "innovation", "credit"), earlier=None, settings=None,
    tables=None, seed=1, wave="2009",
):  # fmt: skip
    """Make a cluster of firms n00, n01, ... from {layer: [(source, target[, strength]), ...]}, ends as numbers or names.

    `bodies` and `outside` are {name: kind} of further actors inside and outside the cluster. `indicators` {name: values of the firms};
    `declared` {name: (construct, role, direction)}; `formal` {(layer, source, target): 0 or 1} as numbers; `columns` further columns of
    actors.csv as {name: values of the firms}; `tables` further tidy tables; `responded` flags of the firms.
    """
    layers, bodies, outside = layers or {}, bodies or {}, outside or {}
    numbers = [e for arcs in layers.values() for a in arcs for e in a[:2] if isinstance(e, int)]
    size = size or max([*numbers, *[len(v) - 1 for v in (indicators or {}).values()]], default=-1) + 1
    firms = [named(i) for i in range(size)]
    kinds = {**dict.fromkeys(firms, "firm"), **bodies, **outside}
    members = pd.DataFrame({"kind": kinds}).rename_axis("actor")
    members["inside"] = ~members.index.isin(list(outside))
    members["place"] = np.where(members["inside"], "local", "abroad")
    if responded is not None:
        members["responded"] = [*map(bool, responded), *[False] * (len(members) - size)]
    for name, values in (columns or {}).items():
        members[name] = [*map(str, values), *[""] * (len(members) - size)]
    ends = {
        name: [tuple(named(e) if isinstance(e, int) else e for e in a[:2]) for a in arcs]
        for name, arcs in layers.items()
    }
    rows = [
        {
            "source": s, "target": t, "layer": layer, "directed": layer not in undirected, "state": "achieved",
            "strength": float(arc[2]) if len(arc) > 2 else 1.0, "reporter": "", "question": "", "year_from": np.nan,
            "trust": np.nan, "formal": (formal or {}).get((layer, arc[0], arc[1]), np.nan),
        }
        for layer, arcs in layers.items()
        for (s, t), arc in zip(ends[layer], arcs, strict=True)
    ]  # fmt: skip
    kept = [
        "source",
        "target",
        "layer",
        "directed",
        "state",
        "strength",
        "reporter",
        "question",
        "year_from",
        "formal",
        "trust",
    ]
    empty = {
        "answers": answer_table([]),
        **{n: pd.DataFrame() for n in ("statements", "facts", "chain", "events")},
    }
    wide = pd.DataFrame(indicators or {}, index=pd.Index(firms, name="actor"), dtype="float64").sort_index()
    known = [
        {"indicator": name, "instrument": "x", "construct": c, "role": r, "direction": d}
        for name, (c, r, d) in (declared or {}).items()
    ]
    made = Cluster(
        head={"study": "small", "cluster": "valley", "wave": wave, "grade": "survey"},
        boundary=boundary,
        members=members,
        ties=pd.DataFrame(rows, columns=kept),
        networks={},
        indicators=wide,
        declared=pd.DataFrame(known, columns=["indicator", "instrument", "construct", "role", "direction"]),
        tables={**empty, **({"answers": answer_table(answers)} if answers else {}), **(tables or {})},
        model=MODEL,
        settings=settings or MechanismSettings(draws=200),
        seed=seed,
        earlier=earlier,
    )
    made.networks.update(_networks(made))
    return made


def _networks(cluster):
    """Build the five networks and the single layers from the cluster's own ties, as a study does."""
    from gumflow.networks.building import build_network

    actors = cluster.members.reset_index()
    names = [*NETWORKS, *sorted(set(cluster.ties["layer"]))]
    return {n: build_network(actors, cluster.ties, n, cluster.boundary, seed=1) for n in names}
