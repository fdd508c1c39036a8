"""How far the coders of interviews agree, and where they do not, for adjudication.

The agreed coding (coder `agreed`) is no coder: it enters no measure of agreement, and is shown beside the codes that differ.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gumflow.contract.model import Model
from gumflow.contract.scores import scores_table
from gumflow.contract.seeding import seed_for
from gumflow.intake.reliability import (
    UNIT,
    Scale,
    Weights,
    alpha_interval,
    cohen_kappa,
    kappa_interval,
    krippendorff_alpha,
    presence_codes,
)
from gumflow.intake.statement_ties import AGREED, MUTUAL
from gumflow.measures.registry import measure
from gumflow.mechanisms.evidence import STATES, coding_agreement
from gumflow.networks.layers import BOUNDARIES, LAYERS

FIELDS: Mapping[str, tuple[Scale, Weights]] = {
    "state": ("nominal", "none"),
    "polarity": ("nominal", "none"),
    "strength": ("ordinal", "quadratic"),
}
"""What is coded of a statement beside its construct: the scale of alpha and the weights of kappa."""

_ORDER = {"state": dict(zip(STATES, range(len(STATES)), strict=True)), "polarity": {-1: 0, 1: 1}}
_TWO_CODERS = "needs two independent coders"
_NOT_TWICE = "nothing was coded by two coders"
_NO_CHANCE = "all codes are the same, so agreement cannot be told from chance"
_BOOTSTRAP = "percentile bootstrap over units"


@dataclass(frozen=True)
class _Codes:
    """Codes of one thing (coders x units), and how they are read."""

    kind: str
    unit: str
    layer: str
    codes: np.ndarray
    scale: Scale = "nominal"
    weights: Weights = "none"


def agreement_of_coders(
    statements: pd.DataFrame, cells: pd.DataFrame, model: Model, replicates: int, seed: int
) -> pd.DataFrame:
    """Return scores of the coders' agreement over all clusters of a study, each with a bootstrap interval over units.

    `statements` is the tidy table, `cells` has one row a study, cluster, wave and grade. Rows, n = units that both or at least two coders coded:
    - `krippendorff_alpha` per construct (its presence in a sentence; see `coding_agreement`),
    - `krippendorff_alpha_ties` per layer that a coder used: a unit is a pair of actors that any coder tied in the sentence, or the
      sentence where none did; the code is whether the coder stated the tie,
    - `krippendorff_alpha_fields` for state and polarity (nominal) and strength (ordinal): a unit is a construct in a sentence that
      both coders gave; a coder who gave it there twice with different codes does not count,
    - `cohen_kappa`, `cohen_kappa_ties`, `cohen_kappa_fields`: the same units for each pair of coders (`category`: the two, joined by
      " | "); strength with quadratic weights; constructs that a coder used.
    A row that cannot be given is withheld with the reason.
    """
    coders = sorted(set(statements["coder"]) - {AGREED})
    own = statements[statements["coder"].isin(coders)]
    head = {"study": cells["study"].iloc[0], "grade": cells["grade"].iloc[0]}
    rows = []
    for coded in itertools.chain(
        _of_constructs(own, model, coders), _of_ties(own, coders), _of_fields(own, coders)
    ):
        at = head | {"layer": coded.layer, "unit_kind": coded.kind, "unit": coded.unit}
        if coded.kind != "construct":
            rows.append(at | _alpha_row(coded, replicates, seed, head["study"]))
        rows += [
            at | _kappa_row(coded, coders, i, j, replicates, seed, head["study"])
            for i, j in itertools.combinations(range(len(coders)), 2)
        ]
    constructs = coding_agreement(statements, model, cells, replicates, seed)
    return scores_table([*constructs.to_dict("records"), *rows])


def _of_constructs(statements: pd.DataFrame, model: Model, coders: list[str]) -> Iterator[_Codes]:
    used = set(statements["construct"])
    for construct in model.constructs:
        if construct in used:
            yield _Codes("construct", construct, "coding", presence_codes(statements, construct, coders))


def _of_ties(statements: pd.DataFrame, coders: list[str]) -> Iterator[_Codes]:
    seen = statements[[*UNIT, "coder"]].drop_duplicates()
    ties = _ties(statements)
    for layer in LAYERS:
        mine = ties[ties["layer"] == layer]
        if mine.empty:
            continue
        pairs = mine[[*UNIT, "pair"]].drop_duplicates()
        # Each sentence with its pairs; one row without a pair where no coder stated a tie of the layer.
        units = seen.merge(pairs, on=UNIT, how="left").fillna({"pair": ""})
        stated = units.merge(mine[[*UNIT, "coder", "pair"]].drop_duplicates(), how="left", indicator=True)
        units = units.assign(code=(stated["_merge"] == "both").astype(int).to_numpy())
        yield _Codes("layer", layer, layer, _wide(units, [*UNIT, "pair"], coders))


def _ties(statements: pd.DataFrame) -> pd.DataFrame:
    """Return the coded ties with their pair of actors as text."""
    ties = statements[(statements["layer"] != "") & (statements["ego"] != "") & (statements["alter"] != "")]
    swap = ties["layer"].isin(list(MUTUAL)) & (ties["ego"] > ties["alter"])
    source, target = ties["ego"].mask(swap, ties["alter"]), ties["alter"].mask(swap, ties["ego"])
    arrow = np.where(ties["layer"].isin(list(MUTUAL)), " - ", " > ")
    return ties.assign(pair=source + pd.Series(arrow, index=ties.index, dtype="str") + target)


def _of_fields(statements: pd.DataFrame, coders: list[str]) -> Iterator[_Codes]:
    for field, (scale, weights) in FIELDS.items():
        settled = _settled(statements, field)
        code = settled[field].map(_ORDER[field]) if field in _ORDER else settled[field] - 1
        codes = _wide(settled.assign(code=code.astype(int)), [*UNIT, "construct"], coders)
        yield _Codes("field", field, "coding", codes, scale, weights)


def _settled(statements: pd.DataFrame, field: str) -> pd.DataFrame:
    """Return the one code that a coder gave a construct in a sentence; none where the coder gave it twice with different codes."""
    key = [*UNIT, "construct", "coder"]
    given = statements[statements["construct"] != "none"]
    given = given[(given[field] != "") if field == "state" else given[field].notna()]
    given = given[[*key, field]].drop_duplicates()
    return given[~given.duplicated(key, keep=False)]


def _wide(table: pd.DataFrame, unit: list[str], coders: list[str]) -> np.ndarray:
    """Return the column `code` as coders x units, -1 where a coder has none."""
    if table.empty:
        return np.empty((len(coders), 0), dtype=int)
    wide = table.groupby([*unit, "coder"], dropna=False)["code"].first().unstack("coder")
    return wide.reindex(columns=coders).fillna(-1).to_numpy().astype(int).T


def _alpha_row(coded: _Codes, replicates: int, seed: int, study: str) -> dict[str, object]:
    name = {"layer": "krippendorff_alpha_ties", "field": "krippendorff_alpha_fields"}[coded.kind]
    row: dict[str, object] = {
        "measure": name,
        "method": f"Krippendorff's alpha, {coded.scale}; {_BOOTSTRAP}",
    }
    if len(coded.codes) < 2:
        return row | {"withheld": _TWO_CODERS}
    row["n"] = int(((coded.codes >= 0).sum(axis=0) >= 2).sum())
    alpha = krippendorff_alpha(coded.codes, coded.scale)
    if math.isnan(alpha):
        return row | {"withheld": _NO_CHANCE if row["n"] else _NOT_TWICE}
    stream = seed_for(seed, "alpha", study, coded.kind, coded.unit)
    low, high = alpha_interval(coded.codes, replicates, stream, scale=coded.scale)
    return row | {"value": alpha, "low": low, "high": high, "interval_kind": "sampling"}


def _kappa_row(
    coded: _Codes, coders: list[str], i: int, j: int, replicates: int, seed: int, study: str
) -> dict[str, object]:
    first, second = coded.codes[i], coded.codes[j]
    suffix = {"construct": "", "layer": "_ties", "field": "_fields"}[coded.kind]
    weighted = "" if coded.weights == "none" else f", {coded.weights} weights"
    row: dict[str, object] = {
        "measure": f"cohen_kappa{suffix}",
        "category": f"{coders[i]} | {coders[j]}",
        "method": f"Cohen's kappa{weighted}; {_BOOTSTRAP}",
        "n": int(((first >= 0) & (second >= 0)).sum()),
    }
    kappa = cohen_kappa(first, second, coded.weights)
    if math.isnan(kappa):
        return row | {"withheld": _NO_CHANCE if row["n"] else _NOT_TWICE}
    stream = seed_for(seed, "kappa", study, coded.kind, coded.unit, coders[i], coders[j])
    low, high = kappa_interval(first, second, replicates, stream, coded.weights)
    return row | {"value": kappa, "low": low, "high": high, "interval_kind": "sampling"}


def disagreements(statements: pd.DataFrame) -> pd.DataFrame:
    """Return where coders differ, for adjudication: one row a unit and field.

    Columns: cluster, wave, document, locator (section ¶paragraphs s sentence, or note), construct (for the codes of a statement), field,
    `coder_<name>` for each coder, agreed (the settled coding, if there is one). Fields: `seen` (only one coder coded the
    sentence; nothing else of it is compared), `construct` (all that the coder gave the sentence), `tie` (all that it states, as
    "layer: ego > alter"), and `state`, `polarity`, `strength` of a construct that two coders gave. Several entries of a cell are joined by "; ", in alphabetical
    order. Empty with fewer than two coders.
    """
    coders = sorted(set(statements["coder"]) - {AGREED})
    columns = [
        "cluster",
        "wave",
        "document",
        "locator",
        "construct",
        "field",
        *(f"coder_{c}" for c in coders),
        "agreed",
    ]
    if len(coders) < 2:
        return pd.DataFrame(columns=columns, dtype="str")
    entries = _entries(statements)
    by = [*UNIT, "construct", "field"]
    joined = (
        entries.drop_duplicates([*by, "coder", "entry"])
        .sort_values("entry", kind="stable")
        .groupby([*by, "coder"], dropna=False)["entry"]
        .agg("; ".join)
        .unstack("coder")
        .reindex(columns=[*coders, AGREED])
    )
    own = joined[coders]
    given = own.notna().sum(axis=1)
    field = joined.index.get_level_values("field")
    once = (field == "seen") & (given == 1)
    first = own.bfill(axis=1).iloc[:, 0]
    differ = (field != "seen") & (given >= 2) & (own.notna() & own.ne(first, axis=0)).any(axis=1)
    listed = joined[once | differ].astype(object).fillna("").reset_index()
    listed["locator"] = _locator(listed)
    listed = listed.rename(columns={c: f"coder_{c}" for c in coders} | {AGREED: "agreed"})
    return pd.DataFrame({column: listed[column].astype("str") for column in columns})


def _entries(statements: pd.DataFrame) -> pd.DataFrame:
    """Return what each coder entered: the columns of `UNIT`, coder, construct (of codes of a statement), field, entry."""
    seen = statements[[*UNIT, "coder"]].drop_duplicates()
    parts = [seen.assign(construct="", field="seen", entry="yes")]
    named = statements[statements["construct"] != "none"]
    parts.append(_or_none(seen, named.assign(entry=named["construct"]), "construct"))
    ties = _ties(statements)
    tied = seen.merge(ties[UNIT].drop_duplicates(), on=UNIT)
    parts.append(_or_none(tied, ties.assign(entry=ties["layer"] + ": " + ties["pair"]), "tie"))
    for field in FIELDS:
        given = named[(named[field] != "") if field == "state" else named[field].notna()]
        entry = given[field] if field == "state" else given[field].astype(int).astype("str")
        parts.append(given[[*UNIT, "coder", "construct"]].assign(field=field, entry=entry))
    return pd.concat(parts, ignore_index=True)


def _or_none(seen: pd.DataFrame, entered: pd.DataFrame, field: str) -> pd.DataFrame:
    """Return the entries of a field, with `none` for a coder who saw the sentence and entered nothing."""
    entries = seen.merge(entered[[*UNIT, "coder", "entry"]], on=[*UNIT, "coder"], how="left")
    return entries.fillna({"entry": "none"}).assign(construct="", field=field)


def _locator(table: pd.DataFrame) -> pd.Series:
    """Return the place in the document as text."""
    sentence = table["sentence"].map(lambda s: "" if math.isnan(s) else f" s{int(s)}").astype("str")
    paragraphs = table["paragraphs"].where(table["paragraphs"] == "", " ¶" + table["paragraphs"])
    note = table["note"].where(table["note"] == "", " note " + table["note"])
    return (table["section"] + paragraphs + sentence + note).str.strip()


_ALPHA_SOURCE = "Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, sections C to E"
_KAPPA_SOURCE = (
    "Cohen 1960, Educational and Psychological Measurement 20; weights: Cohen 1968, Psychological Bulletin 70"
)
_OF = {
    "": ("", "", "the presence of the construct in a sentence"),
    "_ties": (", ties", "（关系）", "whether a sentence states a tie of the layer between two actors"),
    "_fields": (
        ", state, polarity and strength",
        "（状态、极性、强度）",
        "state, polarity or strength of a construct that both gave a sentence",
    ),
}
for _suffix, (_of_en, _of_zh, _what) in _OF.items():
    if _suffix:  # that of constructs is declared with the evidence
        measure(
            name=f"krippendorff_alpha{_suffix}",
            level="unit",
            label_en=f"Krippendorff's alpha{_of_en}",
            label_zh=f"Krippendorff α 系数{_of_zh}",
            definition=f"Agreement of the coders, beyond chance, on {_what}; the agreed coding is no coder. Strength is ordinal, all else nominal.",
            formula="alpha = 1 - D_o / D_e; interval by bootstrap over units",
            source=_ALPHA_SOURCE,
            boundaries=BOUNDARIES,
            bounds=(-math.inf, 1.0),
            cost="linear",
            interval_kind="sampling",
            undefined="fewer than two coders coded, or all codes are the same",
        )(agreement_of_coders)
    measure(
        name=f"cohen_kappa{_suffix}",
        level="unit",
        label_en=f"Cohen's kappa{_of_en}",
        label_zh=f"Cohen κ 系数{_of_zh}",
        definition=f"Agreement of a pair of coders, beyond what each one's own shares of codes would give by chance, on {_what}. The category names the "
        "two coders. Disagreements on strength weigh by the square of the distance, all others alike.",
        formula="kappa = 1 - sum(w o) / sum(w e); interval by bootstrap over units",
        source=_KAPPA_SOURCE,
        boundaries=BOUNDARIES,
        bounds=(-1.0, 1.0),
        cost="linear",
        interval_kind="sampling",
        undefined="the two coded nothing in common, or all codes are the same",
    )(agreement_of_coders)
