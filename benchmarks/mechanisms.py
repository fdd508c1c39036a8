"""How long the mechanisms take, and in how much memory. Run by hand: ./run python benchmarks/mechanisms.py [FIRMS] [DRAWS]

One made-up cluster: firms with 8 layers of about 6 ties each, answers to the Ningbo questionnaire's indicators and to the relational
items, 5 bodies, 20 outside actors. Printed: seconds of each mechanism, of the scores, of the estimates, in all; peak of memory of the process.
"""

import resource
import sys
import time

import numpy as np
import pandas as pd

from gumflow.contract.instrument import load_instrument
from gumflow.contract.model import load_model
from gumflow.inference.mechanism_models import estimate_mechanisms
from gumflow.mechanisms.cluster import Cluster, MechanismSettings, clusters_of
from gumflow.mechanisms.rows import joined
from gumflow.mechanisms.study import MECHANISMS, score_firms
from gumflow.networks.layers import FIRM_LAYERS

DEGREE = 6
BODIES = {
    "association": "association",
    "bureau": "government",
    "office": "government",
    "university": "university",
    "platform": "platform",
}
UNDIRECTED = ("social", "innovation", "credit")


def made_up(firms: int, draws: int) -> Cluster:
    """Return a cluster with random ties and answers."""
    rng = np.random.default_rng(1)
    names = np.array([f"f{i:05d}" for i in range(firms)])
    outside = [f"buyer_{i:02d}" for i in range(20)]
    head = {"study": "made_up", "cluster": "c", "wave": "1"}
    kinds = dict.fromkeys(names, "firm") | BODIES | dict.fromkeys(outside, "buyer")
    actors = pd.DataFrame({"actor": list(kinds), "kind": list(kinds.values())})
    actors["inside"] = actors["kind"] != "buyer"
    actors["place"] = np.where(actors["inside"], "local", "abroad")
    actors["employees"] = rng.lognormal(4, 1, len(actors)).round().astype(int).astype(str)
    ties = [_ties(names, names, layer, rng) for layer in FIRM_LAYERS]
    ties += [
        _ties(names, np.array(list(BODIES)), layer, rng, 1)
        for layer in ("membership", "service", "policy", "influence")
    ]
    ties.append(_ties(names, np.array(outside), "pipeline", rng, 0.5))
    model = load_model()
    tables = {
        "cells": pd.DataFrame([head | {"boundary": "census", "grade": "synthetic", "group_by": "kind", "tie_rules": ""}]),
        "actors": actors.assign(**head),
        "ties": pd.concat(ties, ignore_index=True).assign(**head),
        "roster": pd.DataFrame({**{k: [v] for k, v in head.items()}, "respondent": "", "alter": "", "asked": 0.0, "answered": 0.0}).iloc[:0],
        "indicators": _indicators(names, rng).assign(**head),
        "answers": _answers(names, ties, rng).assign(**head),
        **{n: pd.DataFrame(columns=[*head, *columns]) for n, columns in _EMPTY.items()},
    }  # fmt: skip
    return clusters_of(tables, model, MechanismSettings(draws=draws), seed=1)[0]


_EMPTY = {
    "statements": ["coder", "construct", "state", "polarity", "strength", "factor"],
    "facts": ["fact", "value", "unit", "year"],
    "chain": ["item", "stage", "aspect", "category"],
    "events": ["event"],
}


def _ties(
    some: np.ndarray, others: np.ndarray, layer: str, rng: np.random.Generator, degree: float = DEGREE
) -> pd.DataFrame:
    number = int(len(some) * degree)
    table = pd.DataFrame({"source": rng.choice(some, number), "target": rng.choice(others, number)})
    table = table[table["source"] != table["target"]].drop_duplicates()
    return table.assign(
        layer=layer, directed=layer not in UNDIRECTED, state="achieved", strength=rng.integers(1, 4, len(table)).astype(float),
        formal=rng.integers(0, 2, len(table)).astype(float), trust=rng.integers(0, 6, len(table)).astype(float),
        year_from=rng.integers(1990, 2009, len(table)).astype(float), reporter=table["source"], question=layer,
    )  # fmt: skip


def _indicators(names: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    instrument = load_instrument("ningbo_apparel", load_model())
    tables = [
        pd.DataFrame(
            {
                "respondent": names, "instrument": "ningbo_apparel", "indicator": i.id, "value": rng.random(len(names)),
                "construct": i.construct, "role": "outcome" if i.construct.endswith("upgrading") else "driver", "direction": i.direction,
            }
        )
        for i in instrument.indicators
    ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def _answers(names: np.ndarray, ties: list[pd.DataFrame], rng: np.random.Generator) -> pd.DataFrame:
    """Return what is told of the ties: fields of joint projects, trust, years, bonds, board seats, who convenes."""
    by_layer = {t["layer"].iloc[0]: t for t in ties}
    fields = ("materials", "product_design", "process", "equipment", "testing")
    parts = [_told("R04.fields", by_layer["innovation"], rng.choice(fields, len(by_layer["innovation"])), 1)]
    parts.append(
        _told("R05", by_layer["social"], rng.choice(("kin", "friend", "club"), len(by_layer["social"])), 1)
    )
    every = pd.concat([by_layer[n] for n in ("knowledge", "transaction", "social", "innovation")])
    for question, most in (("R06", 6), ("R07.years", 20), ("R07.frequency", 5), ("R07.contract", 2)):
        parts.append(_told(question, every, "", rng.integers(0, most, len(every))))
    member = by_layer["membership"]
    parts.append(_told("R11.board", member[member["target"] == "association"], "", 1))
    convenes = pd.DataFrame({"source": names, "target": ""})
    parts.append(
        _told("R11.convenes", convenes, rng.choice(("lead_firm", "association", "government"), len(names)), 1)
    )
    parts.append(_told("R15.watched", by_layer["rivalry"], "", 1))
    return pd.concat(parts, ignore_index=True)


def _told(question: str, ties: pd.DataFrame, option: object, value: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "respondent": ties["source"], "instrument": "relational_module", "question": question, "alter": ties["target"],
            "option": option, "value": value, "text": "", "missing_reason": "",
        }
    ).astype({"value": "float64"})  # fmt: skip


def main(firms: int, draws: int) -> None:
    """Print what is said at the head of this file."""
    cluster = made_up(firms, draws)
    begun, found = time.process_time(), []
    for mechanism in MECHANISMS:
        start = time.process_time()
        found.append(mechanism(cluster))
        print(f"{mechanism.__name__} | {time.process_time() - start:.2f} s")
    start = time.process_time()
    one = joined(found, cluster)
    one = joined([one, *score_firms([cluster], [one.firms])], cluster)
    print(f"score_firms | {time.process_time() - start:.2f} s")
    start = time.process_time()
    estimates = estimate_mechanisms([cluster], [one.firms])
    print(f"estimate_mechanisms | {time.process_time() - start:.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{firms} firms, {draws} draws, {len(one.rows) + len(estimates)} rows: {time.process_time() - begun:.1f} CPU s, peak {peak:.0f} MB"
    )


if __name__ == "__main__":
    given = [int(a) for a in sys.argv[1:]]
    main(*(given + [2000, 1000][len(given) :]))
