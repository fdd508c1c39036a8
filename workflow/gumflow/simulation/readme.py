"""The README of a synthetic study: what is true in it, how it is made, and its parameters, generated from what was drawn."""

from itertools import groupby

import pandas as pd

from gumflow.simulation.drawing import SyntheticStudy
from gumflow.simulation.parameters import meanings
from gumflow.simulation.tables import responding

_INTRODUCTION = """\
# {title}: SYNTHETIC

Nothing here is real. These clusters do not exist, no firm was asked, and every name starts with Demo or 演示. The places lie in the
open sea, and the credit codes have a wrong check character. All is drawn from known true parameters, so that every feature of gumflow
can be shown without confidential answers, and tests can ask whether gumflow finds what was put in. `study.yaml` says
`grade: synthetic`; outputs carry that word. Never mix these rows with a real study.

这里的一切都是虚构的：集群不存在，没有企业受访，所有名称均以 Demo 或“演示”开头。数据按已知的真实参数随机生成。

## How it is made

    ./run gumflow simulate --parameters config/simulation/demo.yaml --seed {seed} --out FOLDER

Equal parameters and seed give equal bytes: each purpose has a random stream of its own. Do not edit the files by hand.

| file | what |
|---|---|
| `study.yaml` | the study: clusters, waves, instruments |
| `CLUSTER/WAVE/actors.csv`, `aliases.csv` | firms, bodies, organizations outside that are known, named owners; further names |
| `CLUSTER/WAVE/answers.*` | what the firms answered, as four survey tools export it; `mapping.csv` beside the one that needs it |
| `CLUSTER/WAVE/ties.csv` | only what documents tell: owners, loans of the bank, clients of platform, market and fair, agencies and association |
| `CLUSTER/WAVE/statements.csv` | coded interviews: coders `a` and `b`, and `agreed`, the truth |
| `CLUSTER/WAVE/facts.csv`, `events.csv`, `chain.csv` | figures, dated events, the chain |
| `CLUSTER/WAVE/exports.csv` | yearly exports by product, up to the year before the wave, of a cluster that has them |
| `truth.yaml` | the true parameters, gatekeepers, lead firms |
| `truth/firms.csv` | every firm's latent capability, size and tier, and whether it responds |
| `truth/ties.csv` | every true tie, how it arose (model or closure), and whether it was carried over from the wave before |
| `truth/names.csv` | every name that firms wrote in own words, and who is meant |
| `truth/outside.csv` | organizations outside that firms name and actors.csv does not list |
| `truth/exports.csv` | the true ln quantity, ln price level and mix of products (at the prices of the first year) of each year |
| `truth/constructs.csv`, `equations.csv` | every firm's true score on each construct; the equations and their R squared |
| `truth/items.yaml`, `calibration.csv` | loadings, shares and non-response; figures aimed at and obtained |

## What is true

- Advice (knowledge) is drawn pair by pair with homophily, capability, gatekeepers and reciprocity, then two-paths are closed at a known rate.
- Acquaintance (social) is drawn with homophily, then closed; trust, credit and joint development rest on it or on capability.
- A share of all pairs is drawn anew in the next wave; the others are as they were. Firms exit and enter.
- A true tie is reported by an end with a known probability, and a few ties are reported that are not there. Both ends report advice
  and sales, so that agreement can be measured. Some firms do not respond, some leave a question empty: at random.
- Exports: value goes with quantity by a known slope and rises by a known step in a declared year, at a given mix; the mix moves towards dearer
  products, so that the unit value rises more than prices do.
- What a firm says of itself (rivals, whom it watches, who has influence) is the truth as far as it answers.

{drawn}

## What it is calibrated to

Thresholds of the questions are set so that the shares of the answers meet what the book prints of the two clusters, where a question
can carry it. The rest of the answers follows from the firms' constructs (`truth/constructs.csv`, `truth/equations.csv`) by the loadings
in `truth/items.yaml`.

{calibration}

## True parameters

One draw misses a parameter by chance: a probability p of n pairs by about sqrt(p(1 - p) / n).
"""


def readme_text(study: SyntheticStudy, calibration: pd.DataFrame) -> str:
    """Return README.md with tables of what was drawn, of aims and what was obtained, and of all parameters, one a section."""
    text = _INTRODUCTION.format(
        title=study.parameters["title"]["en"],
        seed=study.seed,
        drawn=_drawn(study),
        calibration=_calibration(calibration),
    )
    sections = groupby(meanings(study.parameters), key=lambda m: _section(m.name))
    for section, numbers in sections:
        text += f"\n### {section}\n\n| parameter | value | meaning |\n|---|---|---|\n"
        text += "".join(f"| `{m.name}` | {m.value} | {m.meaning} |\n" for m in numbers)
    return text


def _section(name: str) -> str:
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] in ("networks", "clusters") else parts[0]


def _drawn(study: SyntheticStudy) -> str:
    lines = [
        "| cluster | wave | firms | respond | advice | mutual advice | acquaintance | sales | ties out of the cluster |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for cluster, waves in study.waves.items():
        for wave in waves:
            knowledge = wave.layers["knowledge"].strength > 0
            counts = (
                int(wave.firms.sum()),
                int(responding(wave, study.parameters, study.seed).sum()),
                int(knowledge.sum()),
                int((knowledge & knowledge.T).sum()) // 2,
                int((wave.layers["social"].strength > 0).sum()) // 2,
                int((wave.layers["transaction"].strength > 0).sum()),
                int((wave.layers["pipeline"].strength > 0).sum()),
            )
            lines.append(f"| {cluster} | {wave.name} | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines)


def _calibration(table: pd.DataFrame) -> str:
    """Return aims and what was obtained as a Markdown table; figures that no question carries say so."""
    head = "| figure | section | printed (%) | question | " + " | ".join(
        f"{c} {w}" for c, w in table[["cluster", "wave"]].drop_duplicates().itertuples(index=False)
    )
    cells = list(table[["cluster", "wave"]].drop_duplicates().itertuples(index=False, name=None))
    lines = [head + " |", "|---|---|---|---|" + "---|" * len(cells)]
    for _, rows in table.groupby("fact", sort=False):
        first = rows.iloc[0]
        got = {(r.cluster, r.wave): r.obtained for r in rows.itertuples()}
        shown = [f"{got[c]:.1f}" if c in got and got[c] == got[c] else "" for c in cells]
        lines.append(
            f"| {first['fact']} | {first['section']} | {first['qualifier']} {first['printed']:g} | {first['item'] or 'none'} | "
            + " | ".join(shown)
            + " |"
        )
    return "\n".join(lines)
