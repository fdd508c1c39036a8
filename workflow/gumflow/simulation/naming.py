"""How firms write the names of others in their own words: by label, by alias, or with one character wrong."""

import numpy as np
import pandas as pd

from gumflow.simulation.actors import Population
from gumflow.simulation.parameters import Parameters, pick, stream

FORMS = ("label_zh", "label_en", "alias", "misspelt")
NAME_COLUMNS = ("respondent", "actor", "name", "form")


def names_as_written(population: Population, parameters: Parameters, seed: int) -> pd.DataFrame:
    """Return how each firm writes each other actor, the same at all waves: respondent, actor, name, form (columns NAME_COLUMNS).

    Actors inside the cluster are written by their Chinese label, or by an alias in the share of aliases; outside
    organizations by label, alias or with a mistake, in the given shares. Who has no alias is written by the Chinese label. A misspelt name is
    never another actor's.
    """
    numbers, actors = parameters["reports"], population.actors
    firms = np.flatnonzero(population.is_firm)
    row, column = (a.ravel() for a in np.meshgrid(firms, np.arange(len(actors)), indexing="ij"))
    rng = stream(seed, population.cluster, "names as written")
    shares = [numbers[f"written_{form}"] for form in FORMS[:3]]
    form = np.array(FORMS)[pick(rng, shares, len(row))].astype(object)
    inside = (population.of("place").astype(str) == "local")[column]
    has_alias = (population.of("alias").astype(str) != "")[column]
    form[inside & (form != "alias")] = "label_zh"
    form[(form == "alias") & ~has_alias] = "label_zh"
    misspelt = _misspelt(population, rng)
    by_form = {f: misspelt if f == "misspelt" else population.of(f).astype(str) for f in FORMS}
    name = np.empty(len(row), dtype=object)
    for f in FORMS:
        name[form == f] = by_form[f][column[form == f]]
    ids = population.of("actor").astype(str)
    table = pd.DataFrame({"respondent": ids[row], "actor": ids[column], "name": name, "form": form})
    return table[row != column].reset_index(drop=True).astype("str")


def _misspelt(population: Population, rng: np.random.Generator) -> np.ndarray:
    """Return each actor's Chinese label with one character left out, or two exchanged, or one doubled: never someone else's name."""
    known = {name for c in ("label_en", "label_zh", "alias") for name in population.of(c).astype(str)}
    out = []
    for label in population.of("label_zh").astype(str):
        start = len("演示")
        tries = [t for at in range(start, len(label)) for t in _mistakes(label, at) if t not in known]
        out.append(tries[int(rng.random() * len(tries))])
        known.add(out[-1])
    return np.array(out, dtype=object)


def _mistakes(label: str, at: int) -> tuple[str, ...]:
    """Return the label with the character at a place left out, doubled, or exchanged with the one before it."""
    exchanged = label[: at - 1] + label[at] + label[at - 1] + label[at + 1 :]
    return label[:at] + label[at + 1 :], label[:at] + label[at] + label[at:], exchanged
