"""The figure of who governs: how many of how many where few were counted, the sources of evidence, the hybrid mode, and what a text states."""

import math

import pandas as pd
import pytest
from small_scores import of_mechanism
from test_present_mechanism_figures import SAID, SCORES, axes_of, draw, everywhere, joined, texts

from gumflow.present.figures.boxes import NONE, Estimate, shown_share


def of_governance(measure: str, value: float, category: str = "", n: float = 72.0, **more: object) -> dict:
    return of_mechanism("factor", "governance", measure, value, category=category) | {"n": n} | more


def with_rows(*rows: dict) -> pd.DataFrame:
    """The scores with rows of governance in the place of those of the same measure and category."""
    given = {(r["measure"], r["category"]) for r in rows}
    kept = [key not in given for key in zip(SCORES["measure"], SCORES["category"], strict=True)]
    return pd.concat([SCORES[kept], pd.DataFrame(list(rows))], ignore_index=True)


def test_of_few_seats_pairs_and_statements_it_is_said_how_many() -> None:
    scores = with_rows(
        of_governance("board_seats_lead_share", 1.0, n=3.0, low=0.44, high=1.0),
        of_governance("governance_block_ties", 1.0, "association_government", n=3.0, low=1.0, high=1.0),
        of_governance("governance_should_lead", 1.0, "association_led", n=1.0, low=1.0, high=1.0),
    )
    drawn = joined(draw("governance_structure", scores=scores))
    assert "boardseatsofleadfirms3of3(44to100%)" in drawn
    assert "3of3pairs" in drawn
    assert "1.00(1.00" not in drawn
    assert "1 of 1" in texts(draw("governance_structure", scores=scores))
    assert "100%(" not in drawn


@everywhere
def test_the_range_over_coders_stands_beside_a_wish(language: str) -> None:
    wish = of_governance("governance_should_lead", 0.58, "firm_led", n=12.0, low=0.5, high=0.67)
    to = {"en": "to", "zh": "至"}[language]
    drawn = joined(draw("governance_structure", language, with_rows(wish)))
    assert f"58%(50{to}67)" in drawn
    assert {"en": "therangeovercoders", "zh": "编码者范围"}[language] in drawn


@everywhere
def test_associations_that_lead_firms_lead_have_a_row_where_they_are_wished_for(language: str) -> None:
    name = {"en": "Associationledbyleadfirms", "zh": "主导企业主导的行业协会型"}[language]
    hybrid = "association_led_by_lead_firms"
    wished = with_rows(
        of_governance("governance_should_lead", 0.9, hybrid, n=20.0),
        of_governance("governance_mode", math.nan, "firm_led"),
    )
    figure = draw("governance_structure", language, wished)
    assert name in joined(figure)
    assert "90%" in joined(figure)
    assert axes_of(figure, "governance_share").get_ylim()[0] == 3.5
    assert name not in joined(draw("governance_structure", language))
    mode = of_governance("governance_mode_stated", math.nan, hybrid, n=5.0)
    told = joined(draw("governance_structure", language, pd.DataFrame([mode])))
    assert f"{name}" in told
    assert {"en": "(n=5)", "zh": "（n=5）"}[language] in told


def test_the_three_sources_are_marked_and_their_disagreement_is_said() -> None:
    leaders = ("firm_led", "association_led", "government_led")
    shares = {"influence": (0.5, 0.3, 0.2), "convenes": (0.3, 0.4, 0.3), "coordination": (0.7, 0.25, 0.05)}
    rows = [
        of_governance("governance_evidence", value, f"{source}: {leader}")
        for source, given in shares.items()
        for leader, value in zip(leaders, given, strict=True)
    ]
    figure = draw("governance_structure", scores=with_rows(*rows))
    marks = {
        line.get_marker(): list(line.get_xdata()) for line in axes_of(figure, "governance_share").lines
        if line.get_marker() in ("^", "s", "D")
    }  # fmt: skip
    assert marks == {"^": [0.5, 0.3, 0.2], "s": [0.3, 0.4, 0.3], "D": [0.7, 0.25, 0.05]}
    assert "thethreesourcesdisagree" in joined(figure)
    alike = [
        row | {"value": shares["influence"][leaders.index(row["category"].split(": ")[1])]} for row in rows
    ]
    assert "thethreesourcesdisagree" not in joined(draw("governance_structure", scores=with_rows(*alike)))


@everywhere
def test_a_text_without_statements_on_one_kind_says_so_and_gives_its_stated_ties(language: str) -> None:
    said = SAID.copy()
    said.loc[said["unit"] == "government_governance", "value"] = 0.0
    ties = pd.DataFrame([of_governance("governance_stated_ties", 14.0, "government_led")])
    drawn = joined(draw("governance_structure", language, ties, said))
    wanted = {
        "en": "nostatementcodedonitsgovernancestatedties:14",
        "zh": "没有关于其治理的编码陈述陈述的关系：14",
    }
    assert wanted[language] in drawn


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(1.0, 0.44, 1.0, 3.0), "3 of 3 (44 to 100%)"),
        (Estimate(0.5, 0.5, 0.5, 4.0), "2 of 4"),
        (Estimate(0.375, math.nan, math.nan, 4.0), "1.5 of 4"),
        (Estimate(0.5, 0.4, 0.6, 10.0), "50% (40 to 60)"),
        (Estimate(0.5), "50%"),
        (Estimate(1.0, 1.0, 1.0, 12.0), "100%"),
        (NONE, "withheld"),
    ],
)
def test_a_share_of_few_is_how_many_of_how_many(estimate: Estimate, text: str) -> None:
    assert shown_share(estimate, "en") == text
