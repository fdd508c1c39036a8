"""Time the matching of names. Run by hand: ./run python benchmarks/names.py [NAMES ...]

Made-up Chinese company names with place and legal form, some of them slips of others, as many asked as known (5,000 by default). Prints CPU
seconds, medians of 3 runs, of normalizing them, of finding the three nearest of each, and of resolving all of them with their review table;
and the peak memory of the process.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from gumflow.intake.mentions import MENTION_COLUMNS
from gumflow.intake.names import near_names, normalized_name
from gumflow.intake.review import read_decisions
from gumflow.intake.who_is_who import resolve_names

PLACES = ("浙江省", "宁波市", "永康市", "浙江", "")
FORMS = ("工贸有限公司", "服饰有限公司", "五金厂", "电器股份有限公司", "实业有限公司")
CHARACTERS = 800


def made_up(size: int, seed: int) -> list[str]:
    """Return distinct names: place, three characters, what it is."""
    rng = np.random.default_rng(seed)
    characters = np.array([chr(0x4E00 + int(i)) for i in rng.choice(6000, CHARACTERS, replace=False)])
    names: dict[str, None] = {}
    while len(names) < size:
        core = "".join(characters[rng.integers(0, CHARACTERS, 3)])
        names[PLACES[rng.integers(len(PLACES))] + core + FORMS[rng.integers(len(FORMS))]] = None
    return list(names)


def slips(names: list[str], seed: int) -> list[str]:
    """Return the names with one character of each exchanged."""
    rng = np.random.default_rng(seed)
    places = [int(rng.integers(len(name))) for name in names]
    return [name[:at] + chr(0x4E00 + int(rng.integers(6000))) + name[at + 1 :] for name, at in zip(names, places, strict=True)]  # fmt: skip


def seconds(function: Callable[[], object]) -> float:
    """Return the median CPU seconds of three calls."""
    took = []
    for _ in range(3):
        start = time.process_time()
        function()
        took.append(time.process_time() - start)
    return float(np.median(took))


def mentions_of(names: list[str]) -> pd.DataFrame:
    """Return each name as mentioned once as an alter."""
    rows = [
        (name, False, "firm", "local", "answers.csv", "", row, "R01")
        for row, name in enumerate(names, start=2)
    ]
    return pd.DataFrame(rows, columns=list(MENTION_COLUMNS))


def main() -> None:
    """Time each size."""
    near_names(["a"], ["ab"])
    for size in [int(argument) for argument in sys.argv[1:]] or [5000]:
        known = made_up(size, 1)
        asked = slips(known, 2)
        actors = pd.DataFrame(
            {"actor": [f"firm_{i}" for i in range(size)], "label_en": "", "label_zh": known}
        )
        aliases = pd.DataFrame({"name": [], "actor": []}, dtype="str")
        decisions, _ = read_decisions(Path("no such file"), "")
        table = mentions_of(asked)
        print(f"{size:,} names against {size:,}")
        print(f"  normalize       {seconds(lambda: [normalized_name(n) for n in known]):.2f} s")  # noqa: B023
        print(f"  three nearest   {seconds(lambda: near_names(asked, known)):.2f} s")  # noqa: B023
        whole = seconds(lambda: resolve_names(table, actors, aliases, decisions))  # noqa: B023
        print(f"  who is who      {whole:.2f} s (nearest also among the unknown)")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
