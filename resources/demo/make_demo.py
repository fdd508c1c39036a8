"""Make the synthetic demo study: a cluster that does not exist, drawn at random from known true parameters.

    ./run python resources/demo/make_demo.py [FOLDER]

writes study.yaml, truth.yaml and demo_valves/*.csv into FOLDER (this folder if none is given). The parameters
stand in demo_truth.py, names and fixed rows in demo_rows.py. Equal code gives equal bytes: every layer has a
random stream of its own, seeded by its name.
"""

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from pathlib import Path

import demo_rows
import yaml
from demo_interviews import UNSAID, Statement, draw_statements
from demo_ties import Tie, draw_ties
from demo_truth import CENSUS_YEAR, FIRM_IDS, SUPPLIERS, TIER, TRUTH, stream, true, whole

from gumflow.contract.writing import write_text

CLUSTER = "demo_valves"
ACTOR_HEADER = ("actor", "label_en", "label_zh", "kind", "place", "employees", "lead_firm", "export_share")
# From and to: employees by tier; exports as a percentage of sales, by tier of valve makers and for suppliers.
EMPLOYEES = {"lead": (900, 1800), "core": (150, 450), "periphery": (20, 120)}
EXPORT_PERCENT = {"lead": (50, 80), "core": (30, 60), "periphery": (0, 20), "supplier": (0, 15)}


def draw_actors() -> list[tuple]:
    """Draw size and export share of each firm; return the rows of actors.csv (bodies have no attributes)."""
    rng = stream("actors")
    rows: list[tuple] = []
    for name, tree_zh, tier, trade in sorted(demo_rows.FIRMS):
        label = f"Demo {name.capitalize()} {trade.capitalize()}"
        label_zh = f"演示{tree_zh}{demo_rows.TRADES_ZH[trade]}"
        employees = whole(rng, *EMPLOYEES[tier])
        exports = whole(rng, *EXPORT_PERCENT[tier if trade == "valves" else "supplier"])
        lead = int(tier == "lead")
        rows.append((name, label, label_zh, "firm", "local", employees, lead, f"{exports / 100:.2f}"))
    rows += [(*body, "", "", "") for body in demo_rows.BODIES]
    return sorted(rows)


FACT_HEADER = ("fact", "what_en", "what_zh", "value", "value_high", "unit", "qualifier", "year", "as_printed")
EVENT_HEADER = ("event", "date", "date_to", "kind", "label_en", "label_zh", "actors")
CHAIN_HEADER = ("item", "stage", "aspect", "category")


def list_facts(actors: Sequence[tuple], ties: Sequence[Tie]) -> list[tuple]:
    """Return the rows of facts.csv: true shares in percent, counts of what was drawn, and fixed figures."""
    firms = [a for a in actors if a[3] == "firm"]
    counted = {
        "firms_2009": len(firms),
        "employees_2009": sum(f[5] for f in firms),
        "association_members": sum(t.layer == "membership" for t in ties),
    }
    rows: list[tuple] = [
        (fact, en, zh, round(true(parameter) * 100), "", "percent", "exact", CENSUS_YEAR - 1)
        for fact, en, zh, parameter in demo_rows.SHARE_FACTS
    ]
    rows += [
        (fact, en, zh, counted[fact], "", unit, "exact", CENSUS_YEAR)
        for fact, en, zh, unit in demo_rows.COUNTED_FACTS
    ]
    rows += demo_rows.FIXED_FACTS
    return sorted((*row, f"{row[3]}–{row[4]}" if row[4] != "" else str(row[3])) for row in rows)


def csv_text(header: Sequence[str], rows: Iterable[Sequence]) -> str:
    """Return a table as CSV text with Unix line ends."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def truth_text() -> str:
    """Return truth.yaml: the true parameters, and which firm stands where."""
    truth = {
        "parameters": {
            name: {"value": value, "meaning": meaning} for name, (value, meaning) in TRUTH.items()
        },
        "tiers": {tier: [f for f in FIRM_IDS if TIER[f] == tier] for tier in ("lead", "core", "periphery")},
        "suppliers": SUPPLIERS,
        "withheld": [UNSAID],
    }
    head = "# SYNTHETIC: what demo_valves was drawn from. Written by make_demo.py; only tests read it.\n"
    return head + yaml.safe_dump(truth, sort_keys=False, allow_unicode=True, width=1000)


def write_study(folder: Path) -> None:
    """Write the whole study into a folder."""
    actors, ties = draw_actors(), draw_ties()
    tables = {
        "actors": csv_text(ACTOR_HEADER, actors),
        "ties": csv_text([f.name for f in fields(Tie)], map(astuple, ties)),
        "statements": csv_text([f.name for f in fields(Statement)], map(astuple, draw_statements())),
        "facts": csv_text(FACT_HEADER, list_facts(actors, ties)),
        "events": csv_text(EVENT_HEADER, sorted(demo_rows.EVENTS, key=lambda e: (e[1], e[0]))),
        "chain": csv_text(CHAIN_HEADER, sorted(demo_rows.CHAIN)),
    }
    write_text(demo_rows.STUDY, folder / "study.yaml")
    write_text(truth_text(), folder / "truth.yaml")
    for name, text in tables.items():
        write_text(text, folder / CLUSTER / f"{name}.csv")


if __name__ == "__main__":
    write_study(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
