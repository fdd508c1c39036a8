"""What may leave `internal/`: tables and figures that show single actors are public only where the actors are.

Firms that answered a survey or an interview were promised that neither names nor single answers are disclosed. Cases coded from a
published text, official figures and synthetic data are public by nature.
"""

from gumflow.present.wording import Words

PUBLIC_GRADES = ("case", "official", "synthetic")
# Facts, events, the chain and exports hold free text, in which anyone may be named.
ACTOR_TABLES = (
    "actors",
    "ties",
    "statements",
    "facts",
    "events",
    "chain",
    "exports",
    "actor_measures",
    "dyad_measures",
    "firm_scores",
)
WITHHELD = Words(
    "Withheld: this study rests on what firms or persons told in confidence. Whatever shows single actors stays in internal/.",
    "未公开：本研究依据企业或个人在保密承诺下提供的信息，涉及单个主体的内容仅保存在 internal/ 中。",
)


def shows_actors(grade: str) -> bool:
    """Return whether single actors of a study of this grade may be shown in `public/`."""
    return grade in PUBLIC_GRADES
