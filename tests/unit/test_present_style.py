"""Fonts, line breaking and placing: what every figure stands on."""

import random
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib.text import Text

import gumflow.present
from gumflow.contract.errors import GumflowError
from gumflow.contract.model import load_model
from gumflow.present import wording
from gumflow.present.placing import spread_apart, staircase
from gumflow.present.sheet import Frame, Key, Sheet, legend_height, text_width, wrap, wrap_evenly
from gumflow.present.style import FONT_FILES, styled

FONTS = Path(gumflow.present.__file__).parent / "fonts"


@pytest.mark.parametrize("name", list(FONT_FILES.values()))
def test_font_states_its_license_and_has_the_characters_of_gb2312(name: str) -> None:
    with TTFont(FONTS / name) as font:
        names, has = font["name"], set(font.getBestCmap())
    assert "SIL Open Font License, Version 1.1" in names.getDebugName(13)
    assert names.getDebugName(14) == "http://scripts.sil.org/OFL"
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            char = bytes([high, low]).decode("gb2312", errors="ignore")
            assert not char or ord(char) in has
    model = load_model()
    used = "".join(
        n.zh + n.en for n in [*model.factors.values(), *model.constructs.values(), *model.paths.values()]
    )
    assert {ord(c) for c in used + "−–≈≤≥→±·“”"} <= has


def test_fonts_stay_small() -> None:
    assert sum((FONTS / name).stat().st_size for name in FONT_FILES.values()) < 3_500_000


def sheet_with(text: str, font: str | None = None) -> None:
    with styled(font):
        sheet = Sheet(88.0, 20.0, Frame("Title", (), "", "zh", "case"))
        sheet.write(2.0, 5.0, text)
        sheet.finish()


def test_a_missing_character_is_an_error_that_names_the_text() -> None:
    for _ in range(2):
        # matplotlib itself warns only the first time.
        with pytest.raises(GumflowError, match=r"'宁波𠮷服装' has 𠮷 \(U\+20BB7\)"):
            sheet_with("宁波𠮷服装")


def test_dollar_signs_are_text() -> None:
    with styled():
        sheet = Sheet(88.0, 20.0, Frame("Title", (), "", "zh", "case"))
        sheet.write(2.0, 5.0, "$A$")
        sheet.write(2.0, 10.0, "A")
        figure = sheet.finish()
        renderer = figure.canvas.get_renderer()
        widths = {t.get_text(): t.get_window_extent(renderer).width for t in figure.findobj(Text)}
    # Read as a formula, the dollar signs would vanish and both would be one letter wide.
    assert widths["$A$"] > 1.8 * widths["A"]


def test_a_font_may_be_a_file_or_an_installed_family_and_nothing_else(tmp_path: Path) -> None:
    sheet_with("宁波", str(FONTS / "NotoSansSC-Bold-subset.otf"))
    sheet_with("宁波", "DejaVu Sans")
    sheet_with("宁波", "")
    with pytest.raises(GumflowError, match="neither a font file nor an installed font family"):
        sheet_with("宁波", str(tmp_path / "none.otf"))


def test_lines_are_not_wider_than_asked_and_lose_nothing() -> None:
    text = "产业集群升级为导向的公共政策（包括“区域品牌”），以及 OEM and ODM production in 2008-01. Ends."
    with styled():
        for width in (12.0, 20.0, 45.0):
            lines = wrap(text, width)
            assert all(text_width(line) <= width for line in lines if len(line) > 12)
            assert "".join(lines).replace(" ", "") == text.replace(" ", "")
            assert not any(line[0] in "，。）”." for line in lines)
            assert not any(line[-1] in "（“" for line in lines)


def test_words_and_dates_are_not_broken_but_compounds_are() -> None:
    with styled():
        assert wrap("2008-01-05 industry-university alliance", 16.0) == [
            "2008-01-05",
            "industry-",
            "university",
            "alliance",
        ]


def test_even_lines_are_as_few_and_more_equal() -> None:
    with styled():
        plain, even = wrap("工艺流程升级吧", 16.0), wrap_evenly("工艺流程升级吧", 16.0)
        assert len(plain) == len(even) == 2
        assert abs(len(even[0]) - len(even[1])) <= 1 < abs(len(plain[0]) - len(plain[1]))


def test_a_legend_takes_the_height_that_was_foreseen() -> None:
    keys = [Key(f"entry {i}", "line", {"color": "k"}) for i in range(9)]
    with styled():
        sheet = Sheet(88.0, 30.0, Frame("Title", ("Note",), "", "en", "case"))
        assert (
            sheet.legend(2.0, 2.0, 60.0, keys)
            == legend_height(keys, 60.0)
            > legend_height(keys[:2], 60.0)
            > 0
        )
        assert legend_height([], 60.0) == 0


def test_labels_on_stairs_cross_neither_labels_nor_lines() -> None:
    draw = random.Random(7)
    for _ in range(50):
        n = draw.randrange(1, 15)
        at = sorted(draw.uniform(0, 100) for _ in range(n))
        widths, heights = [draw.uniform(5, 40) for _ in at], [draw.uniform(2, 8) for _ in at]
        ups = staircase(at, widths, heights)
        for i in range(n):
            for j in range(i + 1, n):
                if at[j] < at[i] + widths[i]:
                    # Label i spans the line of j, which ends at the top of label j: i stands above.
                    assert ups[i] >= ups[j] + heights[j]


def test_boxes_are_moved_apart_inside_their_frame() -> None:
    generator = np.random.default_rng(3)
    points = generator.uniform(40, 60, size=(25, 2))
    half, tall = np.full(25, 6.0), np.full(25, 2.5)
    moved, settled = spread_apart(points, half, tall, tall, (0.0, 0.0, 120.0, 90.0))
    assert settled
    gaps = np.abs(moved[:, None] - moved[None]) + 1000 * np.eye(25)[:, :, None]
    assert ((gaps[..., 0] >= 12 - 1e-5) | (gaps[..., 1] >= 5 - 1e-5)).all()
    assert (moved[:, 0] >= 6 - 1e-9).all()
    assert (moved[:, 0] <= 114 + 1e-9).all()


def test_boxes_that_cannot_fit_are_reported() -> None:
    points = np.zeros((10, 2))
    half = tall = np.full(10, 5.0)
    assert not spread_apart(points, half, tall, tall, (0.0, 0.0, 20.0, 20.0), rounds=50)[1]


def test_every_layer_of_governance_has_a_group_that_has_a_name() -> None:
    assert set(wording.LAYER_GROUPS.values()) == set(wording.GROUPS)
    assert not {"parent", "ownership", "conflict"} & set(wording.LAYER_GROUPS)
