"""Who there is in a synthetic cluster: firms with their latent capability, the bodies around them, owners, names and aliases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.simulation.parameters import Parameters, pick, stream

TIERS = ("lead", "core", "periphery")
_CREDIT_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# 9 and 1 as of a registered firm, then six zeros: no administrative region has that code.
_CREDIT_HEAD = "91000000"


@dataclass(frozen=True)
class Population:
    """Everyone in one cluster over all waves.

    `actors` has one row an actor: firms first, then bodies (column `kind`), with ids, labels, and for firms town, product, stage,
    founded, tier, gatekeeper. Arrays are waves x actors: `present` (in the cluster at that wave; bodies always), `capability` and
    `log_size` (NaN for bodies). `owners` has one row an owner and firm; `aliases` one row a further name.
    """

    cluster: str
    waves: tuple[str, ...]
    actors: pd.DataFrame
    present: NDArray[np.bool_]
    capability: NDArray[np.float64]
    log_size: NDArray[np.float64]
    owners: pd.DataFrame
    aliases: pd.DataFrame

    @property
    def is_firm(self) -> NDArray[np.bool_]:
        """Return which actors are firms of the cluster."""
        return (self.actors["stage"] != "").to_numpy()

    def of(self, column: str) -> NDArray[Any]:
        """Return a column of `actors` as an array."""
        return self.actors[column].to_numpy()

    def at(self, body: str) -> int:
        """Return the place of a body of the cluster, by its id in the parameters."""
        return int(np.flatnonzero(self.of("actor") == f"{self.cluster}_{body}")[0])

    def local(self, *kinds: str) -> NDArray[np.int64]:
        """Return the places of the local bodies of these kinds."""
        chosen = self.actors["kind"].isin(kinds) & (self.actors["place"] == "local") & ~self.is_firm
        return np.flatnonzero(chosen)


def draw_populations(parameters: Parameters, seed: int) -> dict[str, Population]:
    """Return the population of each cluster; no two firms of the study share a brand."""
    brands = _brands(parameters["brands"], stream(seed, "brands"))
    populations, used = {}, 0
    for cluster, own in parameters["clusters"].items():
        size = own["firms"] + len(parameters["waves"][1:]) * _rounded(
            own["firms"], parameters["population"]["entries"]
        )
        populations[cluster] = _population(parameters, cluster, brands[used : used + size], seed)
        used += size
    return populations


def _rounded(firms: int, share: float) -> int:
    return int(firms * share + 0.5)


def _brands(parts: Mapping[str, Mapping[str, str]], rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return all brands (spelling, characters) in random order; of two that are spelt alike the first is kept."""
    pairs = [(a + b, x + y) for x, a in parts["first"].items() for y, b in parts["second"].items()]
    return list({pairs[i][0]: pairs[i] for i in reversed(rng.permutation(len(pairs)))}.values())


def _population(
    parameters: Parameters, cluster: str, brands: Sequence[tuple[str, str]], seed: int
) -> Population:
    own, waves = parameters["clusters"][cluster], tuple(parameters["waves"])
    numbers = parameters["population"]
    first, size = own["firms"], len(brands)
    log_size, capability = _latents(numbers, len(waves), size, stream(seed, cluster, "latents"))
    tier = _tiers(log_size[0], first, numbers)
    gatekeeper = _gatekeepers(capability[0], tier, numbers["gatekeepers"])
    firms = _firms(own, waves, first, brands, seed, cluster)
    firms["tier"], firms["gatekeeper"] = np.array(TIERS)[tier], gatekeeper
    firms = _named(firms, own["products"], tier, numbers["short_name"], stream(seed, cluster, "short names"))
    bodies = _bodies(own, cluster)
    actors = pd.concat([firms, bodies], ignore_index=True)
    stays = _stays(first, size, len(waves), numbers, (tier < 1) | gatekeeper, stream(seed, cluster, "exits"))

    def padded(values: NDArray[Any], fill: Any) -> NDArray[Any]:
        return np.hstack([values, np.full((len(waves), len(bodies)), fill)])

    founded = actors["founded"].to_numpy(dtype=float)[:size]
    owners = _owners(parameters, firms[founded < int(waves[0])], stream(seed, cluster, "owners"), cluster)
    return Population(
        cluster=cluster,
        waves=waves,
        actors=actors,
        present=padded(stays, True),
        capability=padded(capability, np.nan),
        log_size=padded(log_size, np.nan),
        owners=owners,
        aliases=_aliases(actors),
    )


def _latents(
    numbers: Mapping[str, float], waves: int, size: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ln(employees) and capability, waves x firms. Capability stays standard normal in every wave."""
    rho, phi = numbers["capability_size_correlation"], numbers["capability_persistence"]
    z = rng.standard_normal(size)
    capability = [rho * z + np.sqrt(1 - rho**2) * rng.standard_normal(size)]
    log_size = [numbers["log_size_mean"] + numbers["log_size_sd"] * z]
    for _ in range(waves - 1):
        capability.append(phi * capability[-1] + np.sqrt(1 - phi**2) * rng.standard_normal(size))
        log_size.append(log_size[-1] + numbers["log_size_growth_sd"] * rng.standard_normal(size))
    return np.array(log_size), np.array(capability)


def _tiers(log_size: NDArray[np.float64], first: int, numbers: Mapping[str, float]) -> NDArray[np.int64]:
    """Return 0 for lead, 1 for core, 2 for periphery: by size among the firms of the first wave; entrants are periphery."""
    tier = np.full(len(log_size), 2)
    order = np.argsort(-log_size[:first], kind="stable")
    leads = _rounded(first, numbers["lead_share"])
    tier[order[:leads]] = 0
    tier[order[leads : leads + _rounded(first, numbers["core_share"])]] = 1
    return tier


def _gatekeepers(capability: NDArray[np.float64], tier: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    able = np.where(tier < 2, capability, -np.inf)
    chosen = np.zeros(len(tier), dtype=bool)
    chosen[np.argsort(-able, kind="stable")[:count]] = True
    return chosen & (tier < 2)


def _stays(
    first: int,
    size: int,
    waves: int,
    numbers: Mapping[str, float],
    kept: NDArray[np.bool_],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Return who is there, waves x firms: in each wave a share of those that are neither lead nor gatekeeper is gone for good."""
    present = np.zeros((waves, size), dtype=bool)
    present[0, :first] = True
    entries = _rounded(first, numbers["entries"])
    for wave in range(1, waves):
        present[wave] = present[wave - 1]
        may_go = np.flatnonzero(present[wave] & ~kept)
        gone = rng.permutation(may_go)[: _rounded(int(present[wave].sum()), numbers["exits"])]
        present[wave, gone] = False
        present[wave, first + (wave - 1) * entries : first + wave * entries] = True
    return present


def _firms(
    own: Mapping[str, Any],
    waves: Sequence[str],
    first: int,
    brands: Sequence[tuple[str, str]],
    seed: int,
    cluster: str,
) -> pd.DataFrame:
    """Return the firms with place, product, year of founding and credit code. Entrants were founded between their wave and the last."""
    rng, size = stream(seed, cluster, "firms"), len(brands)
    towns, products = list(own["towns"]), list(own["products"])
    town = pick(rng, [t["share"] for t in own["towns"].values()][:-1], size)
    product = pick(rng, [p["share"] for p in own["products"].values()][:-1], size)
    entries = max((size - first) // max(len(waves) - 1, 1), 1)
    wave = np.where(np.arange(size) < first, 0, 1 + (np.arange(size) - first) // entries)
    year = np.array([int(w) for w in waves])[wave]
    age = np.where(wave == 0, 1 + rng.integers(0, 20, size), rng.integers(0, 2, size))
    where = {c: np.array([t[c] for t in own["towns"].values()])[town] for c in ("longitude", "latitude")}
    scatter = {c: 0.02 * rng.standard_normal(size) for c in where}
    return pd.DataFrame(
        {
            "actor": [b[0] for b in brands],
            "brand_en": [b[0].capitalize() for b in brands],
            "brand_zh": [b[1] for b in brands],
            "kind": "firm",
            "place": "local",
            "listed": 1,
            "town": np.array(towns)[town],
            "longitude": (own["longitude"] + where["longitude"] + scatter["longitude"]).round(4),
            "latitude": (own["latitude"] + where["latitude"] + scatter["latitude"]).round(4),
            "founded": year - age,
            "product": np.array(products)[product],
            "stage": [own["products"][products[p]]["stage"] for p in product],
            "credit_code": [_credit_code(rng) for _ in range(size)],
        }
    )


def _credit_code(rng: np.random.Generator) -> str:
    """Return an 18-character code like a unified social credit code, with a wrong check character, so that no body can have it.

    The right one makes the sum of the first 17 values, weighted by powers of 3, and of itself divisible by 31 (GB 32100-2015).
    """
    body = _CREDIT_HEAD + "".join(_CREDIT_DIGITS[i] for i in rng.integers(0, 31, 9))
    total = sum(_CREDIT_DIGITS.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + _CREDIT_DIGITS[(31 - total % 31 + 7) % 31]


def _named(
    firms: pd.DataFrame,
    products: Mapping[str, Mapping[str, Any]],
    tier: NDArray[np.int64],
    short: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the firms with labels, and an alias (brand alone) for a share of them. Lead and core firms are companies, others works."""
    en = [products[p]["en"] for p in firms["product"]]
    zh = [products[p]["zh"] for p in firms["product"]]
    form = np.where(tier < 2, "有限公司", "厂")
    out = firms.drop(columns=["brand_en", "brand_zh"])
    out["label_en"] = "Demo " + firms["brand_en"] + " " + pd.Series(en)
    out["label_zh"] = "演示" + firms["brand_zh"] + pd.Series(zh) + pd.Series(form)
    out["alias"] = ("演示" + firms["brand_zh"]).where(rng.random(len(firms)) < short, "")
    return out


def _bodies(own: Mapping[str, Any], cluster: str) -> pd.DataFrame:
    rows = [
        {
            "actor": f"{cluster}_{body['id']}",
            "label_en": body["en"],
            "label_zh": body["zh"],
            "kind": body["kind"],
            "place": body["place"],
            "listed": body.get("listed", 1),
            "alias": body.get("alias", ""),
            "gatekeeper": False,
            **dict.fromkeys(("town", "product", "stage", "credit_code", "tier"), ""),
        }
        for body in own["organizations"]
    ]
    return pd.DataFrame(rows)


def _owners(
    parameters: Parameters, firms: pd.DataFrame, rng: np.random.Generator, cluster: str
) -> pd.DataFrame:
    """Return named owners and their firms: a share of the firms of the first wave, and a second firm for a few of the owners."""
    names = [
        (f"Demo {a.capitalize()} {b.capitalize()}", f"演示{x}{y}")
        for x, a in parameters["owners"]["family"].items()
        for y, b in parameters["owners"]["given"].items()
    ]
    order = rng.permutation(len(firms))
    count = min(_rounded(len(firms), parameters["population"]["owners_named"]), len(names))
    twice = min(parameters["population"]["owners_of_two"], count, len(firms) - count)
    chosen = [names[i] for i in sorted(rng.permutation(len(names))[:count])]
    of = [*range(count), *range(twice)]
    return pd.DataFrame(
        {
            "actor": [f"{cluster}_owner_{i + 1}" for i in of],
            "label_en": [f"{chosen[i][0]} ({cluster})" for i in of],
            "label_zh": [f"{chosen[i][1]}（{parameters['clusters'][cluster]['zh']}）" for i in of],
            "firm": firms["actor"].to_numpy()[order[: count + twice]],
        }
    )


def _aliases(actors: pd.DataFrame) -> pd.DataFrame:
    known = actors[(actors["alias"] != "") & (actors["listed"] == 1)]
    return known.rename(columns={"alias": "name"})[["name", "actor"]].reset_index(drop=True)
