"""What to make of pairs of actors that were not observed: read them as absent, leave them out, or fill them.

Every function takes a `Network` and returns new ones; observed ties and observed absences never change. Reading
unobserved ties as absent biases nearly everything downward (Huisman 2009; Smith and Moody 2013); a tie may be filled from its
reverse only where ties are mostly returned; multiple imputation fills them by chance, many times, so that what is
not known shows as the spread of the results (Rubin 1987).
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.contract.seeding import seed_for
from gumflow.networks.graph import Network
from gumflow.networks.observation import fully_observed, is_observed

RECIPROCITY_NEEDED = 0.6
"""Least observed arc reciprocity at which a tie may be filled from its reverse (benchmarks/missing.py)."""

IMPUTATIONS = 20
SWEEPS = 3
"""Rounds over the unobserved pairs in each imputation, each with new parameters."""

MOST_UNOBSERVED, MOST_ACTORS = 2_000_000, 5_000
_MOST_ABSENT_ROWS = 20_000
_DONORS = 10
_RETURNED = 2  # column of `_covariates` that says whether the tie is returned, if ties have a direction
# Weak priors (standardized covariates) keep a covariate that separates ties from absences finite (Gelman et al. 2008).
_PRIOR_SD_INTERCEPT, _PRIOR_SD_SLOPE = 10.0, 2.5
_NO_INDEX = np.empty(0, dtype=np.int64)


def read_as_absent(network: Network) -> Network:
    """Return the network with every unobserved pair read as not tied."""
    return _complete(network)


def drop_nonrespondents(network: Network) -> Network:
    """Return the network among those who answered and outside actors, who were not asked (listwise deletion)."""
    keep = network.responded | ~network.inside
    position = np.cumsum(keep) - 1
    arc = keep[network.source] & keep[network.target]
    pair = keep[network.unasked[0]] & keep[network.unasked[1]]
    return replace(
        network,
        actors=network.actors[keep],
        kinds=network.kinds[keep],
        inside=network.inside[keep],
        groups=network.groups[keep],
        responded=network.responded[keep],
        source=position[network.source[arc]],
        target=position[network.target[arc]],
        strength=network.strength[arc],
        arc_layers=network.arc_layers[arc],
        unasked=(position[network.unasked[0][pair]], position[network.unasked[1][pair]]),
    )


def observed_reciprocity(network: Network) -> float:
    """Share of the arcs that are returned, over the pairs of which both directions were told; NaN without arcs there."""
    told = told_network(network)
    both = is_observed(told, network.source, network.target) & is_observed(
        told, network.target, network.source
    )
    code = network.source * network.size + network.target
    back = np.isin(network.target * network.size + network.source, code)
    return float(back[both].mean()) if both.any() else math.nan


def fill_reciprocal(network: Network, needed: float = RECIPROCITY_NEEDED) -> Network:
    """Return the network with each unobserved i -> j read as the observed j -> i, with its strength and layers.

    Pairs of which neither direction was observed stay unobserved. For ties with a direction this is allowed only if the arc
    reciprocity that was observed is at least `needed`; below, filling orders actors by in-degree worse than leaving the pairs out (benchmarks/missing.py). Above it, reciprocity
    itself still comes out too high, since filled pairs are returned by construction (Huisman 2009). Raises `GumflowError` otherwise.
    """
    if network.directed and not fully_observed(network):
        share = observed_reciprocity(network)
        if not share >= needed:
            found = "no pair was observed in both directions" if math.isnan(share) else f"{share:.0%} are"
            raise GumflowError(
                f"network {network.name!r}: a missing report may be read from the other side only where at least {needed:.0%} of the "
                f"observed ties are returned, and {found}; impute instead, or leave the pairs unobserved"
            )
    n = network.size
    unseen = ~is_observed(network, network.target, network.source)
    asked_one_side = network.observed_by in ("sender", "receiver")
    # Who was not asked about an alter may still learn of the tie from the alter, so these pairs are judged one by one.
    doubtful = np.unique(
        np.concatenate(
            [network.unasked[0] * n + network.unasked[1], network.unasked[1] * n + network.unasked[0]]
        )
    )
    one, other = doubtful // max(n, 1), doubtful % max(n, 1)
    hidden = ~is_observed(network, one, other) & ~is_observed(network, other, one)
    filled = _with_arcs(
        network,
        network.target[unseen],
        network.source[unseen],
        network.strength[unseen],
        network.arc_layers[unseen],
    )
    return replace(
        filled,
        observed_by="either" if asked_one_side else network.observed_by,
        unasked=(one[hidden], other[hidden]),
    )


def impute_arcs(network: Network, m: int = IMPUTATIONS, *, seed: int = 0) -> list[Network]:
    """Draw `m` fully observed networks that agree with all that was observed.

    Data augmentation (Rubin 1987; Schafer 1997) with a logistic model of one tie given the others, fitted to the pairs
    that were told: whether it is returned, how active the sender and how popular the receiver is on the other pairs, shared
    partners, same group. For ties without a direction: activity of both ends, shared partners, same
    group. In each imputation SWEEPS rounds alternate between drawing the parameters from their approximate
    posterior (normal at the mode) and drawing the unobserved ties given the rest, the two of a wholly unobserved pair jointly. An actor whose own ties were not told has the
    activity of a respondent, drawn by hot deck from a bootstrap of the respondents, among those nearest in
    popularity; so has an actor whose incoming ties were not told its popularity. A drawn tie has the strength and layers of a random
    observed tie to the same receiver, or of any observed tie if there is none.

    The arcs do not depend on the order of ties; relabelling actors moves them up to chance. Missing at random is
    assumed: given what was observed, those who did not answer do not differ. Raises `GumflowError` if nobody
    answered, for a network that leaves the cluster (its outside actors were not asked about one another), and above
    MOST_ACTORS actors or MOST_UNOBSERVED unobserved pairs.
    """
    if m < 1:
        raise GumflowError(f"{m} imputations were asked for; at least 1 is needed, {IMPUTATIONS} is usual")
    if fully_observed(network):
        return [_complete(network)] * m
    task = _task(network, seed)
    return [_impute(task, np.random.default_rng(seed_for(seed, "impute", str(i)))) for i in range(m)]


def told_network(network: Network) -> Network:
    """The same actors and answers without arcs: a pair is observed in it if it was asked and answered, tied or not."""
    return replace(
        network,
        source=_NO_INDEX,
        target=_NO_INDEX,
        strength=np.empty(0),
        arc_layers=network.arc_layers[:0],
    )


@dataclass(frozen=True)
class _Task:
    """What all imputations of a network share.

    tied           observed ties (n x n); what is not observed stands as False
    told           pairs that were asked and answered; a tie that is known although nobody asked is not in it
    rows           ordered pairs (i < j if undirected) on which the model is fitted, all ties and a sample of the others
    sampled        share of the absent pairs that is in `rows`
    holes          unobserved ordered pairs (i < j if undirected) in the order in which they are drawn
    upper          how many of the holes have i < j
    """

    network: Network
    tied: NDArray[np.bool_]
    told: NDArray[np.bool_]
    rows: tuple[NDArray[np.int64], NDArray[np.int64]]
    sampled: float
    holes: tuple[NDArray[np.int64], NDArray[np.int64]]
    upper: int


def _task(network: Network, seed: int) -> _Task:
    n = network.size
    if network.leaves_cluster:
        raise GumflowError(
            f"network {network.name!r} leaves the cluster: outside actors were not asked about one another, so their ties "
            "cannot be imputed; impute a network inside the cluster"
        )
    if n > MOST_ACTORS:
        raise GumflowError(
            f"network {network.name!r} has {n} actors; ties are imputed for up to {MOST_ACTORS}; leave the pairs unobserved"
        )
    i, j = np.divmod(np.arange(n * n, dtype=np.int64), max(n, 1))
    pair = i != j
    tied = np.zeros((n, n), dtype=bool)
    tied[network.source, network.target] = True
    told = (is_observed(told_network(network), i, j) & pair).reshape(n, n)
    seen = told | tied
    if not network.directed:
        # One answer about an undirected tie tells both of its arcs.
        told, seen, pair = told | told.T, seen | seen.T, i < j
    hole = np.flatnonzero(~seen.ravel() & pair)
    if len(hole) > MOST_UNOBSERVED:
        raise GumflowError(
            f"network {network.name!r} has {len(hole)} unobserved pairs; up to {MOST_UNOBSERVED} are imputed; leave the "
            "pairs unobserved, or take a part of the network"
        )
    known = told.ravel() & pair
    if not known.any():
        raise GumflowError(
            f"network {network.name!r}: nobody answered, so there is nothing to impute the ties from"
        )
    # Pairs told in both directions: a reverse that was drawn would feed its own error back into the model.
    both = (told & told.T).ravel() & pair
    known = both if both.any() else known
    there, absent = np.flatnonzero(known & tied.ravel()), np.flatnonzero(known & ~tied.ravel())
    rng = np.random.default_rng(seed_for(seed, "rows of the tie model"))
    some = (
        absent if len(absent) <= _MOST_ABSENT_ROWS else rng.choice(absent, _MOST_ABSENT_ROWS, replace=False)
    )
    rows = np.sort(np.concatenate([there, some]))
    hole = np.concatenate([hole[i[hole] < j[hole]], hole[i[hole] > j[hole]]])
    return _Task(
        network=network,
        tied=tied,
        told=told,
        rows=(i[rows], j[rows]),
        sampled=len(some) / max(len(absent), 1),
        holes=(i[hole], j[hole]),
        upper=int((i[hole] < j[hole]).sum()),
    )


def _impute(task: _Task, rng: np.random.Generator) -> Network:
    """Draw one complete network: parameters and unobserved ties in turn."""
    state = task.tied.copy()
    x = task.tied[task.rows]
    activity = _log_odds(task, 1, rng)
    ends = activity, _log_odds(task, 0, rng) if task.network.directed else activity
    fitted: _Fit | None = None
    for _ in range(SWEEPS if x.any() else 0):
        shared = _shared_partners(state)
        fitted = _fit(_covariates(task, state, shared, ends, task.rows, x), x, fitted)
        coefficients = fitted.draw(rng)
        coefficients[0] += math.log(task.sampled) if task.sampled else 0.0
        _draw_holes(task, state, shared, ends, fitted, coefficients, rng)
    return _fill_holes(task, state, rng)


def _draw_holes(
    task: _Task,
    state: NDArray[np.bool_],
    shared: NDArray[np.float64],
    ends: "tuple[_Share, _Share]",
    fitted: "_Fit",
    coefficients: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Draw all unobserved ties once, in place, given the others.

    A pair of which neither direction is known is drawn jointly: i < j with j -> i summed out, then j -> i given it.
    Drawn in turns, strong reciprocity would hold such pairs where they started.
    """

    def log_odds(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
        design = _covariates(task, state, shared, ends, (one, other), None)
        return fitted.standardize(design) @ coefficients

    i, j = task.holes
    if not task.network.directed:
        chances = log_odds(i, j)
        state[i, j] = state[j, i] = rng.logistic(size=len(chances)) < chances
        return
    blind = ~(task.told | task.tied)[j, i]
    state[i[blind], j[blind]] = False
    first, last = slice(0, task.upper), slice(task.upper, None)
    chances, open_pair = log_odds(i[first], j[first]), blind[first]
    back = log_odds(j[first][open_pair], i[first][open_pair])
    returned = fitted.effect(_RETURNED, coefficients)
    chances[open_pair] += np.logaddexp(0.0, back + returned) - np.logaddexp(0.0, back)
    state[i[first], j[first]] = rng.logistic(size=len(chances)) < chances
    chances = log_odds(i[last], j[last])
    state[i[last], j[last]] = rng.logistic(size=len(chances)) < chances


def _shared_partners(state: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Count for each pair the actors tied with both, in any direction (n x n)."""
    from scipy import sparse

    tied = sparse.csr_array((state | state.T).astype(np.float64))
    return (tied @ tied).toarray()


@dataclass(frozen=True)
class _Share:
    """Tied and told pairs of each actor on one side, and the density, worth `prior` pairs, to which they are drawn."""

    tied: NDArray[np.float64]
    told: NDArray[np.float64]
    density: float
    prior: float

    def log_odds(self, actor: NDArray[np.int64], itself: NDArray[np.bool_] | None) -> NDArray[np.float64]:
        """Log odds of a tie of `actor`, without the pair at hand if its value is given, against the overall odds."""
        tied = self.tied[actor] - (0 if itself is None else itself)
        told = self.told[actor] - (0 if itself is None else 1)
        share = (tied + self.prior * self.density) / (told + self.prior)
        return np.log(share / (1.0 - share)) - math.log(self.density / (1.0 - self.density))


def _log_odds(task: _Task, axis: int, rng: np.random.Generator) -> _Share:
    """Give each actor its ties out (axis 1) or in (axis 0) over its told pairs; by hot deck where none was told.

    Donors are a bootstrap sample of the actors that were told, so that the draw is proper (Rubin and Schenker 1986).
    """
    tied = (task.tied & task.told).sum(axis=axis).astype(np.float64)
    told = task.told.sum(axis=axis).astype(np.float64)
    density = min(max(tied.sum() / told.sum(), 1e-6), 1 - 1e-6)
    prior = _prior_pairs(tied[told > 0], told[told > 0], density)
    lacking = np.flatnonzero(told == 0)
    if len(lacking):
        on_other_side = (task.tied & task.told).sum(axis=1 - axis) / np.maximum(
            task.told.sum(axis=1 - axis), 1
        )
        pool = np.flatnonzero(told > 0)
        pool = rng.choice(pool, len(pool))
        pool = pool[np.lexsort((rng.random(len(pool)), on_other_side[pool]))]
        width = min(_DONORS, len(pool))
        start = np.searchsorted(on_other_side[pool], on_other_side[lacking]) - width // 2
        start = np.clip(start, 0, len(pool) - width)
        donor = pool[start + rng.integers(0, width, len(lacking))]
        tied[lacking], told[lacking] = tied[donor], told[donor]
    return _Share(tied, told, density, prior)


def _prior_pairs(tied: NDArray[np.float64], told: NDArray[np.float64], density: float) -> float:
    """Say how many pairs the density is worth beside an actor's own: the beta-binomial prior, by moments.

    Where actors hardly differ beyond chance it is large. Without it the shares of actors with few ties would be
    mostly noise, and the model would shrink the popular ones too much.
    """
    spread = float(((tied / told - density) ** 2).mean()) / (density * (1 - density))
    chance = float((1 / told).mean())
    alike = (spread - chance) / max(1 - chance, 1e-9)
    return 1 / min(max(alike, 1e-3), 0.5) - 1


def _covariates(
    task: _Task,
    state: NDArray[np.bool_],
    shared: NDArray[np.float64],
    ends: tuple[_Share, _Share],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    tied: NDArray[np.bool_] | None,
) -> NDArray[np.float64]:
    """Describe each pair by all ties but its own; `tied` is given for pairs that are part of the actors' shares."""
    i, j = pairs
    groups = task.network.groups
    activity, popularity = ends[0].log_odds(i, tied), ends[1].log_odds(j, tied)
    own = [activity + popularity]
    if task.network.directed:
        own = [activity, popularity, state[j, i].astype(np.float64)]
    same = (groups[i] == groups[j]) & (groups[i] != "")
    return np.column_stack([*own, np.log1p(shared[i, j]), same])


@dataclass(frozen=True)
class _Fit:
    """A fitted logistic model: posterior mode and root of the posterior precision, on standardized covariates."""

    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    mode: NDArray[np.float64]
    root: NDArray[np.float64]

    def standardize(self, covariates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Put an intercept before the standardized covariates; one that never varied in the fit is 0."""
        standard = (covariates - self.center) * self.scale
        return np.column_stack([np.ones(len(standard)), standard])

    def effect(self, column: int, coefficients: NDArray[np.float64]) -> float:
        """Return what one unit of a covariate adds to the log odds."""
        return float(coefficients[1 + column] * self.scale[column])

    def draw(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw coefficients from the normal approximation of the posterior."""
        return self.mode + np.linalg.solve(self.root.T, rng.standard_normal(len(self.mode)))


def _fit(covariates: NDArray[np.float64], tied: NDArray[np.bool_], start: _Fit | None) -> _Fit:
    """Find the posterior mode of a logistic model by Newton steps, with weak normal priors."""
    spread = covariates.std(axis=0)
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 1e-9)
    center = covariates.mean(axis=0)
    design = np.column_stack([np.ones(len(covariates)), (covariates - center) * scale])
    precision = np.array([_PRIOR_SD_INTERCEPT**-2] + [_PRIOR_SD_SLOPE**-2] * len(spread))
    rate = (tied.sum() + 0.5) / (len(tied) + 1.0)
    mode = np.r_[math.log(rate / (1 - rate)), np.zeros(len(spread))] if start is None else start.mode
    height, step = -math.inf, np.zeros_like(mode)
    for _ in range(100):
        linear = design @ (mode + step)
        new = float(linear @ tied - np.logaddexp(0.0, linear).sum() - precision @ (mode + step) ** 2 / 2)
        if new < height - 1e-9:
            # A full Newton step can overshoot where most chances are near 0 or 1.
            step = step / 2
            continue
        mode, height = mode + step, new
        chance = np.exp(linear - np.logaddexp(0.0, linear))
        slope = design.T @ (tied - chance) - precision * mode
        curvature = (design.T * (chance * (1.0 - chance))) @ design + np.diag(precision)
        step = np.linalg.solve(curvature, slope)
        if np.abs(step).max() < 1e-5:
            break
    return _Fit(center, scale, mode, np.linalg.cholesky(curvature))


def _fill_holes(task: _Task, state: NDArray[np.bool_], rng: np.random.Generator) -> Network:
    """Add the drawn ties, each with the strength and layers of a random observed tie to the same receiver, or of any."""
    network = task.network
    i, j = task.holes
    drawn = state[i, j]
    i, j = i[drawn], j[drawn]
    by_target = np.argsort(network.target, kind="stable")
    incoming = np.bincount(network.target, minlength=network.size)
    first = np.cumsum(incoming) - incoming
    none = incoming[j] == 0
    chance = rng.random(len(j))
    place = np.where(none, 0, first[j]) + (chance * np.where(none, network.arcs, incoming[j])).astype(
        np.int64
    )
    donor = by_target[place] if network.arcs else _NO_INDEX
    strength, layers = network.strength[donor], network.arc_layers[donor]
    if not network.directed:
        i, j = np.concatenate([i, j]), np.concatenate([j, i])
        strength, layers = np.tile(strength, 2), np.tile(layers, (2, 1))
    return _complete(_with_arcs(network, i, j, strength, layers))


def _with_arcs(
    network: Network,
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    strength: NDArray[np.float64],
    layers: NDArray[np.bool_],
) -> Network:
    source, target = np.concatenate([network.source, source]), np.concatenate([network.target, target])
    order = np.lexsort((target, source))
    return replace(
        network,
        source=source[order],
        target=target[order],
        strength=np.concatenate([network.strength, strength])[order],
        arc_layers=np.concatenate([network.arc_layers, layers])[order],
    )


def _complete(network: Network) -> Network:
    everyone = np.ones(network.size, dtype=bool)
    return replace(network, responded=everyone, unasked=(_NO_INDEX, _NO_INDEX))
