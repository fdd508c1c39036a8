"""Who was asked about whom, and who answered: from a roster to what a network could have shown."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.networks.layers import ObservedBy

LARGEST = 5000
"""Most actors for which lists that differ from respondent to respondent are worked out, pair by pair."""


def with_responses(actors: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Return the actors with the columns `approached` (was asked) and `responded` (answered), from the roster.

    An actor without a row in the roster was not asked. An empty roster adds nothing.
    """
    if roster.empty:
        return actors
    answered = roster.loc[roster["answered"] == 1, "respondent"]
    return actors.assign(
        approached=actors["actor"].isin(roster["respondent"]), responded=actors["actor"].isin(answered)
    )


def unasked_pairs(
    roster: pd.DataFrame, names: NDArray[np.str_], observed_by: ObservedBy
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ordered pairs (source, target), as indices into `names`, of whom nobody that answered was asked.

    A respondent with a row without alter was asked about everyone except alters with asked = 0; one whose rows
    all name an alter was asked about those alone. An alter with answered = 0 in the rows of a respondent that answered about others was
    left unanswered, which tells as little. Pairs that are unobserved because nobody answered are not among them.
    Raises `GumflowError` for lists that differ between respondents with more than `LARGEST` actors.
    """
    empty = np.empty(0, dtype=np.int64)
    if roster.empty or not (roster["alter"] != "").any():
        return empty, empty
    if len(names) > LARGEST:
        raise GumflowError(
            f"roster: lists that differ between respondents are read for up to {LARGEST} actors, and there are {len(names)}; "
            "leave alter empty if everyone was asked about everyone"
        )
    index = pd.Index(names)
    rows = roster.assign(
        respondent=index.get_indexer(roster["respondent"]), alter_at=index.get_indexer(roster["alter"])
    )
    rows = rows[rows["respondent"] >= 0]
    answered, asked = np.zeros(len(names), dtype=bool), np.zeros((len(names), len(names)), dtype=bool)
    answered[rows.loc[rows["answered"] == 1, "respondent"]] = True
    asked[rows.loc[rows["alter"] == "", "respondent"].unique()] = True
    named = rows[rows["alter_at"] >= 0]
    asked[named["respondent"], named["alter_at"]] = (
        (named["asked"] != 0) & (named["answered"] == 1)
    ).to_numpy()
    told = np.broadcast_to(answered[:, None], asked.shape)
    seen = asked & told
    pairs = {
        "sender": told & ~seen,
        "receiver": (told & ~seen).T,
        "either": (told | told.T) & ~(seen | seen.T),
        "both": (told & told.T) & ~(seen & seen.T),
    }[observed_by]
    source, target = np.nonzero(pairs & ~np.eye(len(names), dtype=bool))
    return source.astype(np.int64), target.astype(np.int64)
