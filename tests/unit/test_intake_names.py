import unicodedata

import numpy as np
import pandas as pd
import pytest

from gumflow.intake.names import name_core, near_names, normalized_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＣＭＥ　Ｔｏｏｌｓ", "acme tools"),
        ("飞剑（永康）工贸", "飞剑(永康)工贸"),
        ("飞剑【永康】工贸", "飞剑永康 工贸"),
        ("Wal-Mart", "WALMART"),
        ("O'Neill & Sons, Ltd.", "O’Neill & Sons Ltd"),
        ("甲\u200b厂\u3000", " 甲厂"),
        ("Ko\u0308ln", "Köln"),
        ("STRASSE", "straße"),
    ],
)
def test_spellings_that_mean_the_same_are_equal(one, other):
    assert normalized_name(one) == normalized_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("飞剑", "飞鹰"),
        ("飞剑工贸有限公司", "飞剑工贸"),
        ("浙江飞剑工贸", "飞剑工贸"),
        ("A&B", "AB"),
        ("1-5 厂", "15 厂"),
        ("Plant 1 2", "Plant 12"),
        ("C++", "C"),
        ("飛劍", "飞剑"),
        ("Acme", "Acne"),
    ],
)
def test_what_may_be_another_name_stays_apart(one, other):
    assert normalized_name(one) != normalized_name(other)


def test_normalizing_twice_changes_nothing():
    rng = np.random.default_rng(1)
    points = np.concatenate([rng.integers(1, 0xD7FF, 4000), rng.integers(0xE000, 0x1FFFF, 2000)])
    marks = [ord(c) for c in " \u3000-·,.()（）&\u0301\u200d1２a"]
    for _ in range(2000):
        text = "".join(map(chr, [*rng.choice(points, 3), *rng.choice(marks, 3), *rng.choice(points, 2)]))
        once = normalized_name(text)
        assert normalized_name(once) == once, [hex(ord(c)) for c in text]
        assert unicodedata.is_normalized("NFKC", once)


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("浙江省永康市飞剑工贸有限公司", "飞剑工贸"),
        ("宁波杉杉集团股份有限公司", "杉杉"),
        ("ABC Co., Ltd.", "abc"),
        ("Abc Co.Ltd", "abc"),
        ("Müller GmbH & Co. KG", "müller"),
        ("Foo S.p.A.", "foo"),
        ("有限公司", "有限公司"),
        ("永康", "永康"),
        ("Group", "group"),
    ],
)
def test_the_core_leaves_out_legal_form_and_place_but_never_everything(name, core):
    assert name_core(name) == core


def slow_score(one: str, other: str) -> float:
    """Dice's coefficient by plain loops, for names without Latin letters."""
    found = []
    for text in (name_core(one), name_core(other)):
        parts = []
        for i, character in enumerate(text):
            for part in (character, text[i : i + 2]):
                if (len(part) == 2 or part == character) and part not in parts:
                    parts.append(part)
        found.append(parts)
    shared = sum(part in found[1] for part in found[0])
    return 2 * shared / (len(found[0]) + len(found[1]))


def test_scores_and_ranks_are_those_of_a_direct_computation():
    rng = np.random.default_rng(2)
    few = list("飞剑鹰杉衫海天龙虎金")
    make = lambda n: ["".join(rng.choice(few, rng.integers(2, 6))) for _ in range(n)]  # noqa: E731
    names, known = make(100), make(120)
    found = near_names(names, known, most=4, cutoff=0.25)
    for name, rows in found.groupby("name", sort=False):
        scores = {k: slow_score(name, k) for k in set(known) - {name}}
        best = sorted((s for s in scores.values() if s >= 0.25), reverse=True)[:4]
        assert rows["score"].tolist() == pytest.approx(best, abs=1e-6)
        assert [scores[c] for c in rows["candidate"]] == pytest.approx(best, abs=1e-6)
    without = set(names) - set(found["name"])
    assert all(slow_score(n, k) < 0.25 for n in without for k in known if k != n)


def test_a_pair_of_letters_counts_with_the_ends_of_the_word():
    # ab: ^a, ab, b$; abc: ^a, ab, bc, c$: two shared of three and four.
    found = near_names(["ab"], ["abc", "zz"])
    assert found.to_dict("list") == {"name": ["ab"], "candidate": ["abc"], "score": [pytest.approx(4 / 7)]}


def test_equal_cores_come_first_and_the_nearer_whole_name_before_the_other():
    found = near_names(["宁波飞剑工贸厂"], ["温州飞剑工贸有限公司", "宁波飞剑工贸有限公司", "飞鹰工贸"])
    assert found["candidate"].tolist() == ["宁波飞剑工贸有限公司", "温州飞剑工贸有限公司", "飞鹰工贸"]
    assert found["score"].tolist() == [1.0, 1.0, pytest.approx(4 / 7)]


def test_a_different_firm_can_score_higher_than_a_slip():
    slip = near_names(["杉衫"], ["杉杉"])["score"].item()
    firms = near_names(["飞剑工贸"], ["飞鹰工贸"])["score"].item()
    assert firms > slip


def test_the_result_does_not_depend_on_the_order_of_known_names_nor_on_how_many_are_asked_at_once():
    rng = np.random.default_rng(3)
    known = ["".join(rng.choice(list("飞剑鹰杉海天"), 3)) for _ in range(200)]
    names = ["".join(rng.choice(list("飞剑鹰杉海天龙"), 4)) for _ in range(400)]
    whole = near_names(names, known)
    pd.testing.assert_frame_equal(whole, near_names(names, known[::-1]))
    distinct = list(dict.fromkeys(names))
    parts = [near_names(distinct[:7], known), near_names(distinct[7:], known)]
    pd.testing.assert_frame_equal(whole, pd.concat(parts, ignore_index=True))


def test_nothing_asked_or_known_gives_no_rows():
    for found in (near_names([], ["a"]), near_names(["a"], []), near_names(["飞剑"], ["xyz"])):
        assert found.columns.tolist() == ["name", "candidate", "score"]
        assert found.empty
