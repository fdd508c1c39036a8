"""A synthetic study in the field: what its firms answer to both instruments, written as survey tools export it, and the truth behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from gumflow.contract.instrument import Instrument, load_instrument
from gumflow.contract.writing import write_table, write_text
from gumflow.simulation.bodies import Wave
from gumflow.simulation.calibration import calibration_table
from gumflow.simulation.constructs import ItemParameters, Latents, draw_latents
from gumflow.simulation.drawing import RELATIONAL, SyntheticStudy
from gumflow.simulation.exports import Returned, write_answers
from gumflow.simulation.parameters import Parameters, stream
from gumflow.simulation.questionnaires import draw_truth, questionnaire_answers

Cell = tuple[str, str]
"""Cluster and wave."""


@dataclass(frozen=True)
class Fieldwork:
    """What the firms of a study are and answer, by cluster and wave; `answers` are to the questionnaire only."""

    study: SyntheticStudy
    items: ItemParameters
    questionnaires: Mapping[str, Instrument]
    latents: Mapping[Cell, Latents]
    answers: Mapping[Cell, pd.DataFrame]
    returned: Mapping[Cell, Returned]


def draw_fieldwork(study: SyntheticStudy, items: ItemParameters) -> Fieldwork:
    """Draw constructs and answers of all firms."""
    questionnaires: dict[str, Instrument] = {}
    latents: dict[Cell, Latents] = {}
    answers: dict[Cell, pd.DataFrame] = {}
    returned: dict[Cell, Returned] = {}
    for cluster, waves in study.waves.items():
        names = [n for n in study.parameters["clusters"][cluster]["instruments"] if n != RELATIONAL]
        questionnaire = questionnaires[cluster] = load_instrument(names[0], study.model)
        for at, wave in enumerate(waves):
            cell = (cluster, wave.name)
            latents[cell] = draw_latents(wave, study.model, items, study.seed)
            truth = draw_truth(wave, latents[cell], questionnaire, items, study.seed)
            answers[cell] = questionnaire_answers(
                wave, truth, questionnaire, items, study.parameters, study.seed
            )
            both = pd.concat([answers[cell], study.relational[cluster][at]], ignore_index=True)
            actors = wave.population.actors
            returned[cell] = Returned(
                instruments=(questionnaire, study.instrument),
                answers=both.fillna({"named_as": ""}),
                identities=draw_identities(
                    wave, questionnaire, set(both["respondent"]), study.parameters, study.seed
                ),
                year=wave.name,
                labels=dict(zip(actors["actor"], actors["label_zh"], strict=True)),
            )
    return Fieldwork(study, items, questionnaires, latents, answers, returned)


def draw_identities(
    wave: Wave, questionnaire: Instrument, respondents: set[str], parameters: Parameters, seed: int
) -> pd.DataFrame:
    """Return who the respondents say they are (respondent, question, text): name, address and number, all invented."""
    actors = wave.population.actors
    towns = {t: own["zh"] for t, own in parameters["clusters"][wave.population.cluster]["towns"].items()}
    numbers = stream(seed, wave.population.cluster, "identities").integers(1, 1000, (len(actors), 2))
    rows = []
    for actor, label, town, (house, line) in zip(
        actors["actor"], actors["label_zh"], actors["town"].map(towns), numbers, strict=True
    ):
        if actor in respondents:
            # No area of China has the code 000.
            said = {"name": label, "address": f"{town}演示路{house}号", "contact": f"000-{line:03d}0000"}
            rows += [
                (actor, i.id, said[i.id.partition(".")[2]])
                for i in questionnaire.items.values()
                if i.type == "identity"
            ]
    return pd.DataFrame(rows, columns=["respondent", "question", "text"], dtype="str")


def write_fieldwork(fieldwork: Fieldwork, out: Path) -> None:
    """Write the answers of each cell into its folder, in the form that the items say or else as a plain long table, and the truth behind them into the folder truth.

    truth/constructs.csv (scores of every firm), truth/equations.csv (true coefficients and R squared), truth/items.yaml (loadings, shares,
    non-response), truth/calibration.csv (printed, aimed at, obtained).
    """
    for (cluster, wave), returned in fieldwork.returned.items():
        write_answers(
            returned,
            fieldwork.items["exports"].get(cluster, {}).get(wave, "plain_long"),
            out / cluster / wave,
        )
    for name, table in truth_of_answers(fieldwork).items():
        write_table(table, out / "truth" / f"{name}.csv")
    text = yaml.safe_dump(dict(fieldwork.items), sort_keys=False, allow_unicode=True, width=1000)
    head = "# SYNTHETIC: how the firms' state became answers.\n"
    write_text(head + text, out / "truth" / "items.yaml")


def truth_of_answers(fieldwork: Fieldwork) -> dict[str, pd.DataFrame]:
    """Return the tables constructs, equations and calibration of the truth."""
    scores, equations = [], []
    for (cluster, wave), latents in fieldwork.latents.items():
        head = {"cluster": cluster, "wave": wave}
        table = latents.scores.rename_axis("actor").reset_index()
        scores.append(table.sort_values("actor").assign(**head))
        equations += [
            {**head, "outcome": e.outcome, "predictor": name, "coefficient": value, "r_squared": e.r_squared}
            for e in latents.equations
            for name, value in e.coefficients.items()
        ]
    by_instrument = {
        (cluster, wave, fieldwork.questionnaires[cluster].name): given
        for (cluster, wave), given in fieldwork.answers.items()
    }

    constructs = pd.concat(scores, ignore_index=True)
    first = ["cluster", "wave", "actor"]
    return {
        "constructs": constructs[first + [c for c in constructs.columns if c not in first]],
        "equations": pd.DataFrame(equations),
        "calibration": calibration_table(by_instrument, fieldwork.items),
    }
