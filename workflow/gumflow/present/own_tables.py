"""Tables beside the measures of a user's own edge lists: respondents of a sample, and tests against chance."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.contract.seeding import seed_for
from gumflow.inference.autocorrelation import gearys_c, morans_i
from gumflow.inference.conditional_uniform import (
    CONDITIONS,
    conditional_uniform_test,
    share_reciprocated,
    share_transitive,
)
from gumflow.measures.egos import estimate_means, measure_egos
from gumflow.measures.intervals import INTERVALS, jackknife_errors, network_intervals, rebuilt_intervals
from gumflow.measures.registry import COMPLETE, get_measure, measures_at, withheld_reason
from gumflow.networks.graph import Network, adjacency
from gumflow.networks.observation import fully_observed

if TYPE_CHECKING:
    from gumflow.present.own_files import OwnFiles

DRAWS = 1000
LARGEST = {"density": 5000, "dyad_census": 5000, "degrees": 1000}
"""Most actors for which random networks of a condition are drawn."""
TEST_COLUMNS = (
    "test", "statistic", "value", "expected", "sd", "p_two_sided", "p_lower", "p_upper", "draws", "withheld",
)  # fmt: skip
REBUILT, LARGEST_REBUILT = 50, 1000
"""Networks that are rebuilt for rough errors, and most actors of a network for which they are."""
_NOT_ATTRIBUTES = ("actor", "wave", "weight")
Row = dict[str, object]


def error_table(network: Network, draws: int, seed: int) -> pd.DataFrame:
    """Return standard errors of network measures by each method there is: what to expect if intervals by one are doubted.

    Columns: measure, value; se, low, high and method of the interval that the table of the network gives; se_jackknife (Snijders and
    Borgatti 1999), for the same measures. Measures of paths, parts and extremes, which cannot be resampled in counts, have the
    rough errors of `REBUILT` rebuilt networks instead, if they are no random searches themselves and the network has up to `LARGEST_REBUILT` actors.
    """
    found = network_intervals(network, draws, seed_for(seed, "vertex bootstrap"))
    jackknife = jackknife_errors(network)
    if network.size <= LARGEST_REBUILT:
        found |= rebuilt_intervals(network, _rebuildable(network), REBUILT, seed)
    rows = [
        {
            "measure": name,
            "value": float(get_measure(name).function(network)),
            "se": interval.se,
            "low": interval.low,
            "high": interval.high,
            "se_jackknife": jackknife.get(name, math.nan),
            "method": interval.method,
        }
        for name, interval in found.items()
    ]
    columns = ["measure", "value", "se", "low", "high", "se_jackknife", "method"]
    return pd.DataFrame(rows, columns=columns).astype({"measure": "str", "method": "str"})


def _rebuildable(network: Network) -> list[str]:
    return [
        m.name
        for m in measures_at("network")
        if m.name not in INTERVALS
        and m.cost != "sampled"
        and not m.name.endswith(("_expected", "_z", "_p"))
        and m.name not in ("actors", "loops_dropped", "response_rate", "coverage")
        and withheld_reason(m, network) is None
    ]


def ego_tables(own: "OwnFiles", network: Network, group: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure the ego networks of the respondents of a sample; return them, and means over them as rows of the table of the network.

    Respondents are the actors that `responded`, if the actors have such a column; else whoever reported a tie, if ties have a reporter; else
    everyone that a tie starts from, and the method says so. A tie with a direction and no reporter is taken as told by its source. Columns
    `inside` (of the actors; yes or no) and `weight` (1 / chance of being drawn) are read if they are there. What rests on groups or
    on `inside` is withheld without them.
    """
    actors = (
        own.actors
        if own.actors is not None
        else pd.DataFrame({"actor": pd.Series(network.actors, dtype="str")})
    )
    inside = actors["inside"].str.strip().str.lower() if "inside" in actors.columns else None
    columns = ["actor", *(c for c in ("responded",) if c in actors.columns)]
    about = actors[columns].assign(
        group=actors[group] if group else pd.Series([""] * len(actors), index=actors.index, dtype="str"),
        inside=True if inside is None else ~inside.isin(["0", "no", "n", "false", "否"]),
    )
    # Each respondent's own view, not what the two ends say together.
    ties = (own.ties if own.reports is None else own.reports).assign(state="achieved")
    who = (
        ""
        if "responded" in about.columns or "reporter" in ties.columns
        else "; whoever a tie starts from is taken to have been asked"
    )
    if "reporter" not in ties.columns and network.directed:
        ties["reporter"] = ties["source"]
    if who:
        about["responded"] = about["actor"].isin(ties["source"])
    table = measure_egos(about, ties, network.layers, "group")
    weight = _design_weights(actors) if "weight" in actors.columns else None
    means = pd.DataFrame(estimate_means(table, weight)).assign(coverage=math.nan)
    means["method"] = f"boundary {network.boundary}; " + means["method"] + who
    lacking: dict[str, str] = {}
    if not group:
        lacking |= dict.fromkeys(
            ("ego_ei_index", "ego_heterogeneity"), "groups are not given; it would need --group COLUMN"
        )
    if inside is None:
        lacking["ego_outside_share"] = (
            "which partners are outside is not said; it would need a column inside of the actors"
        )
    for name, why in lacking.items():
        at = means["measure"] == f"{name}_mean"
        means.loc[at, ["value", "low", "high"]] = math.nan
        means.loc[at, "interval_kind"], means.loc[at, "withheld"] = "", f"withheld: {why}"
    text = ["interval_kind", "withheld"]
    means = means.reindex(
        columns=["measure", "value", "low", "high", "interval_kind", "n", "coverage", "withheld", "method"]
    )
    means[text] = means[text].astype("object").fillna("").astype("str")
    return table.drop(columns=list(lacking)), means


def _design_weights(actors: pd.DataFrame) -> pd.Series:
    """Return the column weight as numbers by actor; `GumflowError` for a cell that is neither empty nor a finite number above 0."""
    said = actors.set_index("actor")["weight"]
    numbers = pd.to_numeric(said.where(said != ""), errors="coerce").astype("float64")
    strange = said[(said != "") & said.notna() & ~((numbers > 0) & np.isfinite(numbers))]
    if len(strange):
        raise GumflowError(
            f"actors, column weight: {strange.iloc[0]!r} of {strange.index[0]!r}"
            + (f" and {len(strange) - 1} more" if len(strange) > 1 else "")
            + "; write a number above 0 (1 / the chance of being drawn), or leave it empty for an actor that was not drawn"
        )
    return numbers


def network_tests(network: Network, actors: pd.DataFrame | None) -> pd.DataFrame:
    """Test a network against chance: conditional uniform graph tests, and autocorrelation of each numeric column of the actors.

    Columns `TEST_COLUMNS`. Reciprocity (share of arcs that are returned) and transitivity are set against random networks with the same
    density, dyad census or degrees (`conditional_uniform`); Moran's I and Geary's C against values dealt to the actors at
    random (`autocorrelation`; binary ties, rows standardized). expected and sd are the mean and standard deviation over the
    draws, of Moran's I and Geary's C exact. p_two_sided of a graph test is twice the smaller of p_lower and p_upper, at most 1.
    A test that cannot be made has a row with the reason.
    """
    rows = [_graph_test(network, name, condition) for condition in CONDITIONS for name in _STATISTICS]
    for column, values in _numbers(network, actors).items():
        rows += [_autocorrelation(network, column, values, name) for name in ("morans_i", "gearys_c")]
    table = pd.DataFrame(rows, columns=list(TEST_COLUMNS))
    numbers = [c for c in TEST_COLUMNS if c not in ("test", "statistic", "withheld")]
    return table.astype(
        dict.fromkeys(numbers, "float64") | {"test": "str", "statistic": "str", "withheld": "str"}
    )


_STATISTICS: dict[str, Callable[[NDArray[np.int64], NDArray[np.int64], int], float]] = {
    "reciprocity_arc": share_reciprocated,
    "transitivity_directed": share_transitive,
}


def _graph_test(network: Network, name: str, condition: str) -> Row:
    row: Row = {"test": f"conditional_uniform_{condition}", "statistic": name, "withheld": ""}
    reason = _unbearable(network)
    if not reason and not network.directed and (condition != "dyad_census" or name == "reciprocity_arc"):
        reason = "not applicable: ties have no direction; random networks that keep them so are drawn by the dyad census, for transitivity"
    if not reason and network.size > LARGEST[condition]:
        reason = f"withheld: random networks with the same {condition.replace('_', ' ')} are drawn for up to {LARGEST[condition]} actors"
    if not reason and (condition, name) == ("dyad_census", "reciprocity_arc"):
        reason = "not applicable: the dyad census fixes reciprocity, so it is the same in all draws"
    if reason:
        return row | {"withheld": reason}
    seed = seed_for(network.seed, "conditional uniform", condition, name)
    found = conditional_uniform_test(
        network.source,
        network.target,
        network.size,
        _STATISTICS[name],
        condition=condition,
        seed=seed,
        draws=DRAWS,
    )
    if math.isnan(found.observed) or not found.draws:
        return row | {"withheld": "undefined: there is no tie, or no two ties follow one another"}
    return row | {
        "value": found.observed,
        "expected": found.mean,
        "sd": found.sd,
        "p_two_sided": min(1.0, 2 * min(found.p_lower, found.p_upper)),
        "p_lower": found.p_lower,
        "p_upper": found.p_upper,
        "draws": found.draws,
    }


def _autocorrelation(network: Network, column: str, values: NDArray[np.float64], name: str) -> Row:
    row: Row = {"test": "autocorrelation", "statistic": f"{name}:{column}", "withheld": _unbearable(network)}
    if row["withheld"]:
        return row
    seed = seed_for(network.seed, name, column)
    compute = {"morans_i": morans_i, "gearys_c": gearys_c}[name]
    try:
        found = compute(values, adjacency(network), seed=seed, permutations=DRAWS)
    except GumflowError as error:
        return row | {"withheld": f"undefined: {error}"}
    return row | {
        "value": found.value,
        "expected": found.expected,
        "sd": math.sqrt(found.variance),
        "p_two_sided": found.p_two_sided,
        "p_lower": found.p_lower,
        "p_upper": found.p_upper,
        "draws": found.permutations,
    }


def _unbearable(network: Network) -> str:
    if network.boundary not in COMPLETE or not network.response_known:
        return f"withheld: absent ties are not known under the boundary {network.boundary}; it would need a census or a roster with a record of who answered"
    if not fully_observed(network):
        return "withheld: some ties were not observed, and the test would read them as absent; it would need all answers"
    return ""


def _numbers(network: Network, actors: pd.DataFrame | None) -> dict[str, NDArray[np.float64]]:
    """Return the columns of the actors that hold numbers alone (or nothing), in the order of the network's actors."""
    found: dict[str, NDArray[np.float64]] = {}
    if actors is None:
        return found
    table = actors.set_index("actor").reindex(network.actors)
    for name in table.columns:
        if name in _NOT_ATTRIBUTES or pd.api.types.is_bool_dtype(table[name]):
            continue
        text = table[name].where(table[name] != "")
        values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
        if (
            text.notna().any()
            and not (np.isnan(values) & text.notna().to_numpy()).any()
            and np.isfinite(values[~np.isnan(values)]).all()
        ):
            found[name] = values
    return found
