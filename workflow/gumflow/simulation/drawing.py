"""All that is drawn for a synthetic study: who there is, true ties, relational answers."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import Instrument, load_instrument
from gumflow.contract.model import Model, load_model
from gumflow.simulation.actors import Population, draw_populations
from gumflow.simulation.bodies import Wave, draw_waves
from gumflow.simulation.naming import names_as_written
from gumflow.simulation.parameters import Parameters, parameter_problems
from gumflow.simulation.relational import relational_answers

RELATIONAL = "relational_module"


@dataclass(frozen=True)
class SyntheticStudy:
    """All that was drawn. `waves` and `relational` (tidy answers) are by cluster, in the order of the waves; `names` by cluster."""

    parameters: Parameters
    seed: int
    model: Model
    instrument: Instrument
    populations: Mapping[str, Population]
    waves: Mapping[str, list[Wave]]
    relational: Mapping[str, list[pd.DataFrame]]
    names: Mapping[str, pd.DataFrame]


def draw_study(parameters: Parameters, seed: int) -> SyntheticStudy:
    """Return everything that is drawn for a study; raise `GumflowError` that lists what is wrong in the parameters."""
    problems = parameter_problems(parameters)
    if problems:
        raise GumflowError("The parameters are wrong:\n" + "\n".join(f"  - {p}" for p in problems))
    model = load_model()
    instrument = load_instrument(RELATIONAL, model)
    populations = draw_populations(parameters, seed)
    waves = {c: draw_waves(parameters, population, seed) for c, population in populations.items()}
    return SyntheticStudy(
        parameters=parameters,
        seed=seed,
        model=model,
        instrument=instrument,
        populations=populations,
        waves=waves,
        relational={
            c: [relational_answers(w, instrument, parameters, seed) for w in own] for c, own in waves.items()
        },
        names={c: names_as_written(p, parameters, seed) for c, p in populations.items()},
    )
