"""Lead firms: which firms stand at the head of the cluster, what they do to the others, and how concentrated the cluster is.

Lead firms are found from size and from position in trade alone. Advice, staff mobility, watching and rivalry, by which lead firms act on
the others, do not enter the finding: an effect that was also a criterion would be true by definition.
"""

import math

import numpy as np
from numpy.typing import NDArray

from gumflow.measures import shortest_paths
from gumflow.measures.registry import ANY_NUMBER, BALANCE, COMPLETE, COUNT, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.lead_effects import add_effects, lead_firm_exposure
from gumflow.mechanisms.rows import FEWEST, Rows, draw_counts, firm_table
from gumflow.networks.graph import Network, once_per_network
from gumflow.networks.observation import observed_in, observed_out

TOP = 0.1
"""Share of the firms that are sought as lead firms."""
LARGEST_FOUR = 4

NO_LEAD = "withheld: no lead firm is found, since neither size nor trade is known for enough firms, or all firms are alike"
_LOW = "withheld: {share:.0%} of the firms have a value, less than the {gate:.0%} that the configuration asks for"
_NO_SIZE = "withheld: size is known of {n} firm(s) only"


@measure(
    name="lead_firm_score",
    level="firm",
    label_en="Lead-firm score",
    label_zh="主导企业得分",
    definition=(
        "Mean of three standardized values among the cluster's firms: size (logarithm of employees), strength of trade with other firms in both "
        "directions per pair observed, and betweenness in trade taken without direction; a firm of which one is unknown gets the mean of the others, and "
        "a value that is known of no firm is left out. Ties by which lead firms act on others (advice, staff, rivalry) do not enter."
    ),
    formula="L_i = mean(z(ln employees_i), z((s_out_i + s_in_i) / observed pairs_i), z(b_i))",
    source="Giuliani and Pietrobelli 2011 (position in cluster networks); the book, 2.2.5 (lead firms by core position) [reconstruction]",
    boundaries=COMPLETE,
    cost="paths",
    bounds=ANY_NUMBER,
    undefined="neither size nor trade is known, or all firms are alike",
)
def lead_firm_score(cluster: Cluster) -> Values:
    """Return for each firm how far it is ahead in size and trade, in standard deviations; NaN where unknown or known from text or sample."""
    n = len(cluster.firms)
    unknown = np.full(n, np.nan)
    if cluster.boundary not in COMPLETE or n < FEWEST:
        return unknown
    columns = [_standardized(column) for column in (firm_size(cluster), *_trade(cluster))]
    table = np.column_stack(columns)
    known = ~np.isnan(table)
    count = known.sum(axis=1)
    # One of several values says too little of a firm when the others are known of its peers.
    needed = min(2, int(known.any(axis=0).sum()))
    return np.divide(
        np.where(known, table, 0.0).sum(axis=1), count, out=unknown, where=(count >= needed) & (count > 0)
    )


@measure(
    name="lead_firm",
    level="firm",
    label_en="Lead firm",
    label_zh="主导企业",
    definition=(
        "1 for the tenth of the firms (rounded up) with the highest lead-firm score, firms level with the last of them included unless they are more than "
        "as many again; else 0. What actors.csv declares is shown beside and is not used."
    ),
    formula="1[L_i >= L_(k)], k = ceil(n / 10)",
    source="Giuliani and Pietrobelli 2011 (position); top decile as in the size criterion of the European Cluster Observatory 2011 [reconstruction]",
    boundaries=COMPLETE,
    cost="paths",
    bounds=SHARE,
    scale="flag",
    undefined="the lead-firm score is unknown or the same for all firms",
)
def lead_firms(cluster: Cluster) -> Values:
    """Return 1 for lead firms, 0 for others, NaN where the score is unknown; all NaN where none stands out."""
    score = lead_firm_score(cluster)
    known = score[~np.isnan(score)]
    unknown = np.full(len(score), np.nan)
    if len(known) < FEWEST or np.ptp(known) == 0:
        return unknown
    sought = math.ceil(TOP * len(known))
    cut = np.sort(known)[-sought]
    if (known >= cut).sum() > 2 * sought:
        above = known[known > cut]
        if not len(above):
            return unknown
        cut = above.min()
    return np.where(np.isnan(score), np.nan, score >= cut)


def firm_size(cluster: Cluster) -> Values:
    """Return the logarithm of employees of each firm: from actors.csv, else as the firm answered (`firm_size`); NaN where unknown."""
    employees = cluster.number("employees")
    logs = np.log(employees, out=np.full(len(employees), np.nan), where=employees > 0)
    return np.where(np.isnan(logs), cluster.indicator("firm_size"), logs)


def _trade(cluster: Cluster) -> tuple[Values, Values]:
    """Return strength of trade per pair observed, and betweenness in trade; NaN if no trade is reported or too few answered."""
    unknown = np.full(len(cluster.firms), np.nan)
    network = cluster.firm_network("transaction")
    if network is None or network.size < FEWEST or cluster.why_not("lead_firm_score", "transaction"):
        return unknown, unknown
    strength = _strength(network)
    seen = observed_out(network) + observed_in(network)
    return np.divide(strength, seen, out=unknown, where=seen > 0), trade_betweenness(network)


@once_per_network
def trade_betweenness(network: Network) -> Values:
    """Return betweenness of a network whose ties are taken without direction: unordered pairs of others."""
    n = network.size
    pairs = np.concatenate([network.source * n + network.target, network.target * n + network.source])
    pairs = np.unique(pairs)
    return shortest_paths.betweenness(n, pairs // n, pairs % n) / 2


def _standardized(values: Values) -> Values:
    known = values[~np.isnan(values)]
    if not len(known) or np.ptp(known) == 0:
        return np.full(len(values), np.nan)
    return (values - known.mean()) / known.std()


@measure(
    name="lead_firms_found",
    level="cluster",
    label_en="Lead firms found",
    label_zh="识别出的主导企业数",
    definition="Number of lead firms found from size and trade; n is the number of firms with a score.",
    formula="sum_i lead_i",
    source="Giuliani and Pietrobelli 2011 (position in cluster networks) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=COUNT,
    undefined="no firm stands out",
)
@measure(
    name="lead_firm_kappa",
    level="cluster",
    label_en="Agreement with declared lead firms",
    label_zh="与申报主导企业的一致性",
    definition="Cohen's kappa between the lead firms found and those that actors.csv declares, over firms of which both are known.",
    formula="kappa = (p_o - p_e) / (1 - p_e); bootstrap over firms",
    source="Cohen 1960 (coefficient of agreement) [as published]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=BALANCE,
    undefined="all firms are on one side in both",
    interval_kind="sampling",
)
@measure(
    name="concentration_cr4",
    level="cluster",
    label_en="Concentration (four largest firms)",
    label_zh="集中度（前四家）",
    definition="Share of the four largest firms in the employees, or in the strength of trade, of all firms of which it is known.",
    formula="CR4 = sum of the four largest x_i / sum x_i",
    source="Bain 1951 (concentration ratio); Hirschman 1964 (measures of concentration) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="all are zero",
    interval_kind="sampling",
)
@measure(
    name="concentration_hhi",
    level="cluster",
    label_en="Concentration (Herfindahl-Hirschman)",
    label_zh="集中度（赫芬达尔指数）",
    definition="Sum of squared shares of the firms in the employees, or in the strength of trade, of all firms of which it is known; 1 / n if all are alike.",
    formula="HHI = sum_i (x_i / sum x)^2",
    source="Hirschman 1964 (The paternity of an index) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="all are zero",
    interval_kind="sampling",
)
def measure_lead_firms(cluster: Cluster) -> Found:
    """Return `lead_firm_score`, `lead_firm` and `lead_firm_exposure` of the firms, and rows on factor lead_firms: who leads, four effects, concentration."""
    score, lead = lead_firm_score(cluster), lead_firms(cluster)
    rows = Rows(cluster, "factor", "lead_firms")
    counts = draw_counts(cluster)
    boundary = cluster.why_not("lead_firms_found")
    if boundary:
        for name in ("lead_firms_found", "lead_effect_ratio", "concentration_cr4"):
            rows.withhold(name, cluster.why_not(name))
    else:
        _who(rows, lead, counts)
        if np.isnan(lead).all():
            rows.withhold("lead_effect_ratio", NO_LEAD)
        else:
            add_effects(rows, lead, counts)
        _concentration(rows, counts)
    exposure = lead_firm_exposure(cluster, lead)
    columns = {"lead_firm_score": score, "lead_firm": lead, "lead_firm_exposure": exposure}
    return Found(firm_table(cluster, columns), rows)


def _who(rows: Rows, lead: Values, counts: NDArray[np.float64]) -> None:
    known = ~np.isnan(lead)
    if not known.any():
        rows.withhold("lead_firms_found", NO_LEAD)
        return
    n = int(known.sum())
    rows.value(
        "lead_firms_found",
        float(lead[known].sum()),
        n=n,
        coverage=n / len(lead),
        method="top decile of the score",
    )
    declared = rows.cluster.number("lead_firm")
    both = known & ~np.isnan(declared)
    if both.sum() >= FEWEST:
        flags = np.where(both, lead, 0.0), np.where(both, declared > 0, 0.0)
        values = _kappa(np.vstack([np.ones(len(lead)), counts]), both.astype(np.float64), *flags)
        rows.drawn(
            "lead_firm_kappa", values[0], values[1:], int(both.sum()), coverage=float(both.mean()), method="bootstrap over firms"
        )  # fmt: skip


def _kappa(counts: NDArray[np.float64], known: Values, a: Values, b: Values) -> Values:
    """Return Cohen's kappa of two flags for each row of counts; NaN where chance agrees fully."""
    total = counts @ known
    a_share, b_share, both = (
        np.divide(counts @ x, total, out=np.zeros(len(counts)), where=total > 0) for x in (a, b, a * b)
    )
    seen = 1 - a_share - b_share + 2 * both
    chance = a_share * b_share + (1 - a_share) * (1 - b_share)
    return np.divide(seen - chance, 1 - chance, out=np.full(len(counts), np.nan), where=chance < 1 - 1e-12)


def _concentration(rows: Rows, counts: NDArray[np.float64]) -> None:
    """Add concentration of employees and of trade."""
    cluster = rows.cluster
    network = cluster.firm_network("transaction")
    employees = cluster.number("employees")
    amounts = {"employees": np.where(employees >= 0, employees, np.nan)}
    if network is not None and not cluster.why_not("concentration_cr4", "transaction"):
        amounts["transaction"] = _strength(network)
    for category, values in amounts.items():
        known = ~np.isnan(values)
        n, coverage = int(known.sum()), float(known.mean()) if len(known) else 0.0
        if n <= LARGEST_FOUR:
            rows.withhold("concentration_cr4", _NO_SIZE.format(n=n), category=category, n=n)
            continue
        if coverage < cluster.settings.withhold_below:
            gate = cluster.settings.withhold_below
            rows.withhold("concentration_cr4", _LOW.format(share=coverage, gate=gate), category=category, n=n)
            continue
        for name, statistic in (("concentration_cr4", _cr4), ("concentration_hhi", _hhi)):
            drawn = statistic(np.vstack([np.ones(len(values)), counts])[:, known], values[known])
            rows.drawn(
                name, float(drawn[0]), drawn[1:], n, coverage=coverage, category=category, method="bootstrap over firms",
            )  # fmt: skip


def _strength(network: Network) -> Values:
    ends = np.concatenate([network.source, network.target])
    weights = np.concatenate([network.strength, network.strength])
    return np.bincount(ends, weights=weights, minlength=network.size).astype(np.float64)


def _cr4(counts: NDArray[np.float64], values: Values) -> Values:
    """Return the share of the four largest for each row of counts (a firm drawn twice is two firms)."""
    order = np.argsort(-values, kind="stable")
    held = counts[:, order]
    before = np.cumsum(held, axis=1) - held
    taken = np.clip(LARGEST_FOUR - before, 0, held)
    return _quotient(taken @ values[order], counts @ values)


def _hhi(counts: NDArray[np.float64], values: Values) -> Values:
    return _quotient(counts @ values**2, (counts @ values) ** 2)


def _quotient(above: Values, below: Values) -> Values:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
