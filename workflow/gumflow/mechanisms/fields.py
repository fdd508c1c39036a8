"""In which technical fields firms work: those of joint projects, or the kinds of certificate that they hold."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.mechanisms.absorptive import ANSWERED
from gumflow.mechanisms.cluster import Cluster

FIELD_QUESTIONS = ("R04.fields", "NB15", "YK15")
"""Items whose ticks say in what a firm works: fields of joint projects, else kinds of certificate."""


def field_vectors(cluster: Cluster) -> NDArray[np.float64]:
    """Return how often each firm is said to work in each field (firms x fields); rows of 0 for firms of which no field is known.

    A joint project places both partners in its field. Where no project is tagged, kinds of certificate take the place of fields.
    """
    for question in FIELD_QUESTIONS:
        given = cluster.answers(question)
        if given.empty or cluster.boundary not in ANSWERED:
            continue
        ticked = given[(given["option"] != "") & (given["value"] > 0) & (given["option"] != "none")]
        ends = ("respondent", "alter") if question == "R04.fields" else ("respondent",)
        pairs = pd.concat([ticked[[end, "option"]].set_axis(["firm", "field"], axis=1) for end in ends])
        place = cluster.place_of(pairs["firm"])
        inside = place >= 0
        if inside.any():
            codes, names = pd.factorize(pairs["field"][inside], sort=True)
            counts = np.zeros((len(cluster.firms), len(names)))
            np.add.at(counts, (place[inside], codes), 1)
            return counts
    return np.zeros((len(cluster.firms), 1))
