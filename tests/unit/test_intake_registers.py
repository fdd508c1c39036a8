from pathlib import Path

import pandas as pd
import pytest

from gumflow.contract.findings import Finding
from gumflow.contract.reading import RawTable, read_raw
from gumflow.contract.study import Register
from gumflow.intake.registers import check_coordinates, join_registers

ACTORS = pd.DataFrame(
    {
        "actor": ["acme", "bolt", "coil"],
        "kind": ["firm"] * 3,
        "credit_code": ["91330700MA1ABCDE2X", "913307001234567890", ""],
    }
)


def joined(tmp_path: Path, text: str, key: str = "credit_code", columns: tuple[str, ...] = (), actors=ACTORS):
    (tmp_path / "patents.csv").write_text(text, encoding="utf-8")
    register = Register("patents.csv", key, columns)
    return join_registers(actors, [register], lambda name, known: read_raw(tmp_path / name, name, known))


def rules(findings: list[Finding]) -> list[tuple]:
    for f in findings:
        assert all(f.texts())
    return [(f.rule, f.severity, f.rows, f.column) for f in findings]


def test_columns_join_by_id_and_stay_text(tmp_path):
    table, findings = joined(
        tmp_path, "credit_code,patents,city\n913307001234567890,007,永康\n９１３３０７００ma1abcde2x,12,\n"
    )
    assert findings == []
    assert table["patents"].tolist() == ["12", "007", ""]
    assert table["city"].tolist() == ["", "永康", ""]
    assert table.columns.tolist() == [*ACTORS.columns, "patents", "city"]
    assert str(table["patents"].dtype) == "str"


def test_only_the_named_columns_are_taken_and_the_actors_are_not_changed(tmp_path):
    before = ACTORS.copy()
    table, findings = joined(tmp_path, "actor,a,b\nacme,1,2\n", "actor", ("b",))
    assert findings == []
    assert table.columns.tolist() == [*ACTORS.columns, "b"]
    assert table["b"].tolist() == ["2", "", ""]
    pd.testing.assert_frame_equal(before, ACTORS)


def test_actors_of_two_waves_get_the_same_values(tmp_path):
    both = pd.concat([ACTORS.assign(wave="1"), ACTORS.assign(wave="2")], ignore_index=True)
    table, findings = joined(tmp_path, "credit_code,patents\n913307001234567890,7\n", actors=both)
    assert findings == []
    assert table["patents"].tolist() == ["", "7", "", "", "7", ""]


def test_unknown_ids_are_one_finding_with_their_rows(tmp_path):
    table, findings = joined(tmp_path, "actor,n\nacme,1\nnobody,2\nsomebody,3\n", "actor")
    assert rules(findings) == [("register_id_unknown", "warning", (3, 4), "actor")]
    assert findings[0].detail == "2 / 3"
    assert table["n"].tolist() == ["1", "", ""]


def test_a_register_of_which_nothing_fits_is_said_once(tmp_path):
    table, findings = joined(tmp_path, "actor,n\nACME GmbH,1\nx,2\n", "actor")
    assert rules(findings) == [("register_none_known", "warning", (), "actor")]
    assert table["n"].tolist() == ["", "", ""]


def test_an_id_that_stands_twice_is_an_error_and_nothing_is_joined(tmp_path):
    table, findings = joined(tmp_path, "actor,n\nacme,1\nbolt,2\nAcme ,3\n", "actor")
    assert rules(findings) == [("register_id_twice", "error", (4,), "actor")]
    assert "row 2" in findings[0].line()
    assert "n" not in table.columns


def test_two_actors_with_one_id_are_an_error(tmp_path):
    actors = ACTORS.assign(credit_code=["1", "1 ", ""])
    _, findings = joined(tmp_path, "credit_code,n\n1,5\n", actors=actors)
    assert [(f.file, f.rule, f.detail) for f in findings] == [("actors.csv", "actor_id_twice", "acme, bolt")]


@pytest.mark.parametrize("cut", ["9.13303E+17", "9.13E17", "9e+17"])
def test_an_id_cut_to_an_exponent_is_an_error(tmp_path, cut):
    table, findings = joined(tmp_path, f"credit_code,n\n913307001234567890,1\n{cut},2\n{cut},3\n")
    assert [r for r in rules(findings) if r[1] == "error"] == [
        ("id_cut", "error", (3,), "credit_code"),
        ("id_cut", "error", (4,), "credit_code"),
    ]
    assert "n" not in table.columns


def test_an_id_that_ends_in_zeros_after_15_digits_is_a_warning(tmp_path):
    text = "credit_code,n\n913307001234567000,1\n913307001234567890,2\n"
    _, findings = joined(tmp_path, text)
    assert ("id_perhaps_cut", "warning", (2,), "credit_code") in rules(findings)
    assert ("id_perhaps_cut", "warning", (3,), "credit_code") not in rules(findings)


def test_columns_that_clash_or_are_missing_are_errors(tmp_path):
    _, findings = joined(tmp_path, "actor,kind,wave\nacme,x,y\n", "actor")
    assert rules(findings) == [
        ("register_column_taken", "error", (), "kind"),
        ("register_column_taken", "error", (), "wave"),
    ]
    _, findings = joined(tmp_path, "actor,n\nacme,1\n", "tax_id", ("m",))
    assert [(f.rule, f.detail) for f in findings] == [
        ("register_column_missing", "tax_id"),
        ("register_column_missing", "m"),
        ("register_key", "tax_id"),
    ]


def test_two_registers_cannot_bring_the_same_column(tmp_path):
    (tmp_path / "a.csv").write_text("actor,n\nacme,1\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("actor,n\nbolt,2\n", encoding="utf-8")
    registers = [Register("a.csv", "actor", ()), Register("b.csv", "actor", ())]
    table, findings = join_registers(ACTORS, registers, lambda n, k: read_raw(tmp_path / n, n, k))
    assert [(f.file, f.rule) for f in findings] == [("b.csv", "register_column_taken")]
    assert table["n"].tolist() == ["1", "", ""]


def test_a_register_that_is_not_there_is_a_finding(tmp_path):
    register = Register("gone.csv", "actor", ())
    table, findings = join_registers(ACTORS, [register], lambda n, k: read_raw(tmp_path / n, n, k))
    assert [(f.file, f.rule) for f in findings] == [("gone.csv", "file_unreadable")]
    pd.testing.assert_frame_equal(table, ACTORS)


def coordinates(*rows: tuple[str, str], header: tuple[str, ...] = ("actor", "longitude", "latitude")):
    cells = tuple((f"a{i}", *row)[: len(header)] for i, row in enumerate(rows))
    return check_coordinates(RawTable("actors.csv", "", header, cells, tuple(range(2, len(cells) + 2))))


def test_sound_coordinates_have_no_findings():
    assert coordinates(("120.03", "28.9"), ("", ""), ("-180", "-90"), ("１２０．５", "−28")) == []
    assert coordinates(("1", "2"), header=("actor",)) == []


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (("120", ""), ("coordinates_half", "latitude")),
        (("", "28"), ("coordinates_half", "longitude")),
        (("181", "28"), ("range", "longitude")),
        (("150", "91"), ("range", "latitude")),
        (("28.9", "120.03"), ("coordinates_swapped", "latitude")),
        (("120°E", "28"), ("number", "longitude")),
        (("1e2", "28"), ("number", "longitude")),
        (("nan", "28"), ("number", "longitude")),
    ],
)
def test_wrong_coordinates_are_one_finding(row, found):
    findings = coordinates(("120", "29"), row)
    assert [(f.rule, f.column) for f in findings] == [found]
    assert findings[0].rows == (3,)
    assert all(findings[0].texts())


def test_one_of_the_two_columns_alone_is_an_error():
    findings = coordinates(("120",), header=("actor", "longitude"))
    assert [(f.rule, f.column) for f in findings] == [("column_missing", "latitude")]
