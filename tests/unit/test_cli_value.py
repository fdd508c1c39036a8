"""The command `gumflow value` on a user's own exports: files, equal bytes, and what it refuses with every reason."""

from pathlib import Path

import pandas as pd
import pytest
from small_export_series import FX, QUANTITY, VALUE, YEARS
from small_studies import MakeStudy

from gumflow.cli import main


def write(folder: Path, name: str = "mine.csv", **columns) -> Path:
    table = pd.DataFrame({"year": YEARS, "quantity": QUANTITY, "value": VALUE} | columns)
    path = folder / name
    table.to_csv(path, index=False)
    return path


def run(path: Path, out: Path, *more: str) -> int:
    return main(["value", "--exports", str(path), "--out", str(out), *more])


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False, na_values=[""])


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("value")
    assert run(write(folder, fx=FX, currency="USD"), folder / "out", "--break", "2006", "--synthetic") == 0
    return folder / "out"


def test_tables_and_figures_are_written(made: Path):
    figures = {
        f"{n}_{lang}.{form}"
        for n in ("unit_values", "export_slopes")
        for lang in ("en", "zh")
        for form in ("svg", "pdf", "png")
    }
    assert {p.name for p in made.iterdir()} == {"regression.csv", "breaks.csv", "decomposition.csv"} | figures
    first = read(made / "regression.csv").iloc[0]
    assert (first["version"], first["model"]) == ("as_given", "log_levels")
    assert first[["a", "b", "t_a", "t_b", "r_squared"]].astype(float).round(2).tolist() == [
        1.61,
        1.02,
        4.01,
        21.52,
        0.98,
    ]
    breaks = read(made / "breaks.csv").set_index(["version", "test"])
    assert breaks.at[("as_given", "chow"), "year"] == 2006
    assert read(made / "decomposition.csv")["log_value"].notna().all()
    for name in ("regression", "breaks", "decomposition"):
        assert set(read(made / f"{name}.csv")["grade"]) == {"synthetic"}


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the figures out where a test asks for tables: they take most of the time."""
    monkeypatch.setattr("gumflow.present.own_exports.LANGUAGES", ())


def test_equal_inputs_give_equal_bytes(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gumflow.present.own_exports.LANGUAGES", ("zh",))
    path = write(tmp_path, fx=FX, currency="USD")
    assert run(path, tmp_path / "again", "--break", "2006", "--synthetic") == 0
    files = sorted(p.name for p in (tmp_path / "again").iterdir())
    assert len(files) == 9
    for name in files:
        assert (tmp_path / "again" / name).read_bytes() == (made / name).read_bytes()


def test_another_seed_moves_simulated_numbers_alone(made: Path, tmp_path: Path, no_figures):
    path = write(tmp_path, fx=FX, currency="USD")
    assert run(path, tmp_path / "other", "--break", "2006", "--synthetic", "--seed", "7") == 0
    one, other = (read(folder / "breaks.csv") for folder in (made, tmp_path / "other"))
    moved = [c for c in one if not one[c].equals(other[c])]
    assert moved
    assert set(moved) <= {"p", "p_ar_03", "p_ar_06", "p_walk", "critical_10", "critical_5", "critical_1"}
    assert one["statistic"].tolist() == other["statistic"].tolist()


def test_without_more_than_three_columns_what_is_missing_is_said(tmp_path: Path, capsys, no_figures):
    assert run(write(tmp_path), tmp_path / "out") == 0
    table = read(tmp_path / "out" / "regression.csv").set_index("version")
    assert table.at["local_currency", "withheld"] == "withheld: fx is missing"
    assert "grade" not in table
    assert "note: fewer than 20 years: a test that finds nothing says little" in capsys.readouterr().err


def test_xlsx_is_read_too(tmp_path: Path, no_figures):
    path = tmp_path / "mine.xlsx"
    pd.DataFrame({"year": YEARS, "quantity": QUANTITY, "value": VALUE}).to_excel(path, index=False)
    assert run(path, tmp_path / "out") == 0
    assert read(tmp_path / "out" / "regression.csv")["b"].iloc[0] == pytest.approx(1.0200666, abs=1e-6)


def test_everything_wrong_in_the_file_is_said_at_once_and_nothing_written(tmp_path: Path, capsys):
    quantity = QUANTITY.astype(object)
    quantity[2], quantity[5] = -3, "many"
    assert run(write(tmp_path, quantity=quantity), tmp_path / "out") == 1
    said = capsys.readouterr().err
    assert "mine.csv, row 4, column quantity, value '-3'" in said
    assert "mine.csv, row 7, column quantity, value 'many'" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("keep", "more", "said"),
    [
        ([0, 1, 3], (), ["it has 3 years", "years are missing: 1999"]),
        (range(12), ("--break", "1997"), ["--break 1997: the first year of the new regime lies after 1997 and up to 2008"]),
        (range(3), ("--break", "2020"), ["it has 3 years", "--break 2020"]),
        ([], (), ["has a header and no rows"]),
    ],
)  # fmt: skip
def test_a_series_that_bears_no_regression_is_refused_with_every_reason(
    tmp_path: Path, capsys, keep, more, said
):
    path = tmp_path / "mine.csv"
    table = pd.DataFrame({"year": YEARS, "quantity": QUANTITY, "value": VALUE}).iloc[list(keep)]
    table.to_csv(path, index=False)
    assert run(path, tmp_path / "out", *more) == 1
    error = capsys.readouterr().err
    for part in said:
        assert part in error
    assert not (tmp_path / "out").exists()


def test_calls_that_cannot_be_meant_are_refused(tmp_path: Path, capsys):
    path = write(tmp_path)
    for arguments, said in (
        (["value"], "give either a study's folder, or --exports"),
        (["value", str(tmp_path), "--exports", str(path)], "give either a study's folder, or --exports"),
        (["value", "--exports", str(path)], "--out is missing"),
        (["value", "--exports", str(path), "--out", str(path)], "is a file"),
        (
            ["value", str(tmp_path), "--break", "2006", "--synthetic"],
            "--break, --synthetic: only with --exports",
        ),
        (["value", "--exports", str(tmp_path / "none.csv"), "--out", str(tmp_path / "out")], "none.csv"),
    ):
        assert main(arguments) == 1
        assert said in capsys.readouterr().err


def test_a_study_with_exports_prints_its_estimates(make_study: MakeStudy, capsys):
    lines = "\n".join(f"{y},{q:.0f},{v:.0f}" for y, q, v in zip(YEARS, QUANTITY, VALUE, strict=True))
    assert main(["value", str(make_study({"exports.csv": f"year,quantity,value\n{lines}\n"}))]) == 0
    said = capsys.readouterr().out
    assert "valley 1  export_slope (as given)  1.02 [0.914, 1.13], n = 12" in said
    assert "export_slope (local currency)  withheld: fx is missing" in said
    assert main(["value", str(make_study())]) == 0
    assert "gives no yearly exports" in capsys.readouterr().out
