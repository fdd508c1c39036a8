"""Pseudonyms in a study's tables, what leaves them, and what must not be published."""

import itertools

import pandas as pd
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.contract.pseudonyms import pseudonym
from gumflow.intake.confidential import protect, protected_texts, telling_columns, told_core

KEY = bytes(range(1, 33))


def frame(**columns):
    return pd.DataFrame(columns, dtype="str")


ACTORS = frame(
    cluster=["a", "a", "b", "a", "a"],
    wave=["1", "1", "2", "1", "1"],
    actor=["acme", "f02", "acme", "guild", "small_firms"],
    label_en=["Acme Textiles Co., Ltd.", "Bolt", "Acme Textiles Co., Ltd.", "Makers' Guild", "Small firms"],
    label_zh=["宁波飞云服饰有限公司", "甲厂", "宁波飞云服饰有限公司", "制造者协会", "小企业"],
    kind=["firm", "firm", "firm", "association", "class"],
    town=["Seaside", "Hill", "Seaside", "Hill", ""],
    phone=["13812345678", "", "13812345678", "", ""],
    remark=["near the acme", "", "", "", ""],
)
TABLES = {
    "actors": ACTORS,
    "aliases": frame(name=["Flying Cloud", "飞云"], actor=["acme", "acme"]),
    "ties": frame(
        source=["acme", "f02"], target=["guild", "acme"], layer=["membership", "knowledge"], state=["achieved"] * 2,
        reporter=["acme", ""], note=["飞云服饰 says so", ""], remark=["", "told by Acme"],
    ),
    "roster": frame(respondent=["acme"], alter=["f02"], asked=["1"], answered=["1"]),
    "statements": frame(
        statement=["s1"], document=["Acme Textiles, interview"], sentence=["Flying Cloud leads"], ego=["acme"], alter=["guild"],
        construct=["trust_norms"], remark=["x"],
    ),
    "facts": frame(fact=["f1"], what_en=["output of Acme Textiles"], what_zh=["甲厂 产量"], value=["3"]),
    "events": frame(event=["e1"], label_en=["Fire at ACME TEXTILES"], label_zh=["飞云服饰失火"], actors=["acme;f02"], kind=["shock"]),
    "answers": frame(
        respondent=["acme", "f02"], instrument=["q", "q"], question=["R01", "NB01.jobs"], alter=["f02", ""], option=["", "other"],
        text=["", "as 飞云服饰 does"], missing_reason=["", ""],
    ),
}  # fmt: skip
IDENTITIES = frame(
    respondent=["acme", "f02"],
    question=["NB00.contact", "NB00.address"],
    text=["王小明", "12 Mill Lane, Hill"],
)


def protection(**more):
    return protect(TABLES, IDENTITIES, KEY, "demo", **more)


def everything(tables):
    return "\n".join(t.to_csv() for t in tables.values())


def test_every_id_becomes_kind_and_pseudonym_in_every_table():
    out = protection().tables
    code = {a: pseudonym(KEY, "gumflow:actor:demo", a) for a in ("acme", "f02", "guild", "small_firms")}
    acme, bolt, guild = f"firm_{code['acme']}", f"firm_{code['f02']}", f"association_{code['guild']}"
    assert out["actors"]["actor"].tolist() == [acme, bolt, acme, guild, f"class_{code['small_firms']}"]
    assert out["ties"][["source", "target", "reporter"]].to_numpy().tolist() == [
        [acme, guild, acme],
        [bolt, acme, ""],
    ]
    assert out["roster"][["respondent", "alter"]].to_numpy().tolist() == [[acme, bolt]]
    assert out["statements"][["ego", "alter"]].to_numpy().tolist() == [[acme, guild]]
    assert set(out["events"]["actors"].iloc[0].split(";")) == {acme, bolt}
    assert out["answers"][["respondent", "alter"]].to_numpy().tolist() == [[acme, bolt], [bolt, ""]]


def test_labels_say_the_kind_and_the_pseudonym_in_both_languages():
    actors = protection().tables["actors"]
    code = actors["actor"].str.split("_").str[1]
    assert actors["label_en"].tolist()[:4] == [
        f"{k} {c}" for k, c in zip(("Firm", "Firm", "Firm", "Association"), code, strict=False)
    ]
    assert actors["label_zh"].tolist()[:4] == [
        f"{k} {c}" for k, c in zip(("企业", "企业", "企业", "协会"), code, strict=False)
    ]


def test_names_in_free_text_become_the_label_and_words_of_persons_go():
    out = protection().tables
    label = dict(zip(ACTORS["actor"], out["actors"]["label_en"], strict=True))
    label_zh = dict(zip(ACTORS["actor"], out["actors"]["label_zh"], strict=True))
    assert out["ties"]["note"].tolist() == [f"{label_zh['acme']} says so", ""]
    assert out["statements"].loc[0, "document"] == f"{label['acme']}, interview"
    assert out["statements"].loc[0, "sentence"] == f"{label['acme']} leads"
    assert out["facts"].loc[0, "what_en"] == f"output of {label['acme']}"
    assert out["facts"].loc[0, "what_zh"] == f"{label_zh['f02']} 产量"
    assert out["events"].loc[0, "label_en"] == f"Fire at {label['acme']}"
    assert out["events"].loc[0, "label_zh"] == f"{label_zh['acme']}失火"
    for name, column in [
        ("actors", "remark"),
        ("ties", "remark"),
        ("statements", "remark"),
        ("answers", "text"),
    ]:
        assert (out[name][column] == "").all()
    assert out["aliases"].empty
    assert "phone" not in out["actors"]
    assert out["actors"]["town"].tolist() == ACTORS["town"].tolist()


def test_nothing_that_is_protected_is_left_and_the_input_is_as_before():
    before = everything(TABLES)
    text = everything(protection().tables).casefold()
    for name in ("acme", "bolt", "飞云", "甲厂", "flying", "guild", "13812345678", "王小明", "mill lane"):
        assert name not in text
    assert everything(TABLES) == before


def test_what_was_taken_out_is_in_the_restricted_tables():
    out = protection()
    acme = out.tables["actors"]["actor"].iloc[0]
    own = out.identities[out.identities["actor"] == "acme"]
    assert set(own["pseudonym"]) == {acme}
    assert set(own[["table", "column", "value"]].itertuples(index=False, name=None)) == {
        ("actors", "label_en", "Acme Textiles Co., Ltd."),
        ("actors", "label_zh", "宁波飞云服饰有限公司"),
        ("actors", "phone", "13812345678"),
        ("aliases", "name", "Flying Cloud"),
        ("aliases", "name", "飞云"),
        ("identity", "NB00.contact", "王小明"),
    }
    texts = out.texts.to_dict("records")
    assert {(t["table"], t["row"], t["column"], t["text"]) for t in texts} == {
        ("actors", 0, "remark", "near the acme"),
        ("ties", 1, "remark", "told by Acme"),
        ("statements", 0, "remark", "x"),
        ("answers", 1, "text", "as 飞云服饰 does"),
    }
    assert texts[-1]["pseudonym"] == out.tables["answers"]["respondent"].iloc[1]


def test_the_order_of_rows_does_not_matter():
    turned = {name: t.iloc[::-1].reset_index(drop=True) for name, t in TABLES.items()}
    one, two = protection(), protect(turned, IDENTITIES.iloc[::-1], KEY, "demo")
    for name, table in one.tables.items():
        assert table.equals(two.tables[name].iloc[::-1].reset_index(drop=True)), name
    assert one.identities.equals(two.identities)
    assert one.protected == two.protected


def test_another_study_or_key_gives_other_pseudonyms():
    ids = [
        set(protect(TABLES, IDENTITIES, key, study).tables["actors"]["actor"])
        for key, study in [(KEY, "demo"), (KEY, "other"), (KEY[::-1], "demo")]
    ]
    assert all(one.isdisjoint(two) for one, two in itertools.combinations(ids, 2))


def test_an_actor_whose_kind_changes_between_waves_keeps_one_id():
    actors = frame(
        actor=["acme", "acme"], label_en=["Acme", "Acme"], kind=["supplier", "firm"], wave=["1", "2"]
    )
    out = protect({"actors": actors}, IDENTITIES.iloc[:0], KEY, "demo").tables["actors"]
    assert len(set(out["actor"])) == 1
    assert out["actor"].iloc[0].startswith("firm_")
    assert out["kind"].tolist() == ["supplier", "firm"]


def test_columns_named_by_the_study_are_taken_out_and_protected():
    out = protection(identity_columns=["Town"])
    assert "town" not in out.tables["actors"]
    assert "Seaside" in out.protected.texts
    assert ("actors", "town", "Hill") in set(
        out.identities[["table", "column", "value"]].itertuples(index=False, name=None)
    )


def test_a_protected_name_that_bears_a_cluster_is_refused_without_repeating_it():
    tables = {"actors": ACTORS.assign(cluster="Acme Textiles")}
    with pytest.raises(GumflowError) as refused:
        protect(tables, IDENTITIES, KEY, "demo")
    assert "actors, column cluster" in str(refused.value)
    assert "Acme" not in str(refused.value)


def test_a_name_that_two_actors_share_is_put_out_without_saying_whose():
    actors = frame(
        actor=["f1", "f2"],
        label_en=["Twin Mills Ltd", "Twin Mills Inc"],
        kind=["firm"] * 2,
        note=["of Twin Mills", ""],
    )
    out = protect({"actors": actors}, IDENTITIES.iloc[:0], KEY, "demo").tables["actors"]
    assert out["note"].tolist() == ["of ███", ""]


def test_protected_texts_are_names_aliases_cores_and_what_identifies():
    found = protected_texts(TABLES, IDENTITIES)
    assert set(found.texts) == {
        "Acme Textiles Co., Ltd.", "Acme Textiles", "宁波飞云服饰有限公司", "飞云服饰", "Bolt", "甲厂", "Makers' Guild", "制造者协会",
        "制造者", "Flying Cloud", "飞云", "13812345678", "王小明", "12 Mill Lane, Hill", "acme", "guild",
    } - ({"制造者"} if not told_core("制造者协会") else set())  # fmt: skip
    lengths = [len(t) for t in found.texts]
    assert lengths == sorted(lengths, reverse=True)


def test_short_and_general_names_are_told_as_not_searchable():
    actors = frame(
        actor=["f1", "f2", "f3", "f4"], label_en=["Jia", "Firms", "Association", "Orchard"], kind=["firm"] * 4
    )
    found = protected_texts({"actors": actors}, IDENTITIES.iloc[:0])
    assert found.texts == ("Orchard",)
    assert found.unsearchable == ("Association", "Firms", "Jia")


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("Acme Textiles Co., Ltd.", "Acme Textiles"),
        ("Acme Group", ""),
        ("China Textiles Co., Ltd.", ""),
        ("浙江省永康市飞剑工贸有限公司", "飞剑工贸"),
        ("永康市五金工具厂", ""),
        ("甲厂", ""),
        ("13812345678", ""),
    ],
)
def test_the_core_of_a_name_is_what_tells_one_firm(name, core):
    assert told_core(name) == core


def test_further_columns_that_may_tell_who_an_actor_is_are_told_from_those_that_many_share():
    actors = pd.DataFrame(
        {
            "actor": list("abcdef"),
            "kind": "firm",
            "boss": ["Chen", "Lin", "Wang", "Zhao", "Sun", "Li"],
            "town": ["east"] * 3 + ["west"] * 3,
            "branch": ["tools"] * 5 + ["doors"],
            "employees": ["30", "120", "8", "1500", "45", ""],
            "tel": ["13912345678", "", "", "", "", ""],
        },
        dtype="str",
    )
    assert telling_columns(actors) == ("boss", "branch", "tel")
    assert telling_columns(actors, kept=("branch",)) == ("boss", "tel")
