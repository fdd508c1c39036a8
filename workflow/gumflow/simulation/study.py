"""`gumflow simulate`: a whole synthetic study from its parameters and a seed."""

from pathlib import Path

from gumflow.contract.errors import GumflowError
from gumflow.simulation.constructs import ItemParameters, load_item_parameters
from gumflow.simulation.drawing import draw_study
from gumflow.simulation.fieldwork import draw_fieldwork, truth_of_answers, write_fieldwork
from gumflow.simulation.parameters import Parameters, load_parameters
from gumflow.simulation.write import check_folder, write_study


def load_simulation(path: Path) -> tuple[Parameters, ItemParameters]:
    """Read a file of parameters and the file of items that it names (`items`, a path from there); raise `GumflowError` for what is wrong."""
    parameters = load_parameters(path)
    items = path.parent / parameters["items"]
    if not items.is_file():
        raise GumflowError(f"{path}: items: there is no file {items}")
    return parameters, load_item_parameters(items)


def simulate(parameters: Parameters, items: ItemParameters, seed: int, out: Path) -> None:
    """Draw a study and write it with its truth; equal parameters and seed give equal bytes.

    `items` says how the firms' state becomes answers. Raises `GumflowError`, before anything is written, for wrong parameters and for a folder
    that holds something else than a synthetic study.
    """
    check_folder(out)
    study = draw_study(parameters, seed)
    fieldwork = draw_fieldwork(study, items)
    write_study(study, truth_of_answers(fieldwork)["calibration"], out)
    write_fieldwork(fieldwork, out)
