"""Instruments as an XLSForm, the spreadsheet from which Kobo and ODK make a form for phones and browsers.

Sources: the XLSForm standard (xlsform.org) and the ODK XForms specification (getodk.github.io/xforms-spec).

Names in the form, and so in what the tools export (a dot of an item id is an underscore):

- `submitted` (date), `consent` (yes, no), `respondent` (id of an actor; words where the roster holds none who could answer), `respondent_kind`
- `<item>` single, several, number, scale, rank, text and identity items; the names of options are their codes
- `<item>_<option>` a part of a share set; `<item>_sum` their sum, `<item>_total` a note that shows it
- `<item>_<option>_text` the words beside an option that asks for them
- `<item>` of a relation with a roster: the ids of the alters that were picked, joined by spaces
- `<item>_count` of a relation with free names: how many names follow
- `<item>_each` the repeat with one entry an alter. In it `<item>_alter` (id or name) and `<item>_value` (number, or codes of
  options). What is asked about alters that were named elsewhere (`alters: named`) lies in the repeat of the item that names them, or, if
  several items name them, in a repeat over all of them, called after the first such item; each has its own `_alter` and `_value`.

Columns that serve the form alone and hold no answer: `about`, and those that end in `_sum`, `_total`, `_shown`, `_label`, `_named`,
`_number`, `_count` and `_each_count`.

Where a roster has no actor of an item's kinds and place, the item asks for names, and so do those whose alters are taken up together with
its own (such as all that are named in the items on advice, trade and bonds).

`_alter` is written down when the value is given (see `gumflow.intake.xlsform_relations`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import Instrument, Item, Option, Question
from gumflow.contract.writing import write_text, write_workbook
from gumflow.intake.xlsform_relations import Relations
from gumflow.intake.xlsform_rows import (
    LANGUAGES,
    Row,
    Text,
    answer_row,
    any_of,
    bilingual,
    condition,
    fill_ins,
    form_name,
    form_row,
    grouped,
    item_texts,
    ticked,
)

ROSTER_FILE = "roster.csv"
ROSTER_COLUMNS = ["name", "label", "kind", "place"]


_SHOWN = ("label", "hint", "constraint_message", "required_message")
_COLUMNS = [
    "type", "name", *(f"{c}::{language}" for c in _SHOWN for language in LANGUAGES.values()), "required", "relevant", "constraint",
    "choice_filter", "calculation", "trigger", "repeat_count", "appearance",
]  # fmt: skip

_YES_NO = (Option("yes", "Yes", "是"), Option("no", "No", "否"))
_ABOUT = (
    "Taking part is voluntary. Names and single answers stay with the research team; only results over several organizations are published.",
    "参加本调查完全自愿。名称和个别回答仅由研究团队保管，只发表多家单位的汇总结果。",
)
_CONSENT = ("Do you agree to take part?", "您是否同意参加？")
_RESPONDENT = ("Which organization answers?", "由哪家单位作答？")
_RESPONDENT_HINT = (
    "If it is not listed, add it to roster.csv of the form.",
    "如名单中没有，请先加入表单的 roster.csv。",
)
_RESPONDENT_WORDS = ("Id of the organization that answers", "作答单位编号")
_RESPONDENT_KIND = ("What kind of organization is it?", "该单位属于哪一类？")
_IDENTITY = ("Who answers (kept apart from the answers)", "作答者信息（与答案分开保管）")
_SUM = (
    "Sum so far: {}. It should be 100; write 0 where there is none.",
    "目前合计：{}。应为 100；没有的填 0。",
)
_SUM_WRONG = ("The parts should sum to 100.", "各部分之和应为 100。")
_SUM_OPEN = ("Fill this part too; write 0 if there is none.", "请填写此部分；没有的填 0。")
_RANK_WRONG = ("Put exactly the options that you ticked in order.", "请对所选的各项排序，不多也不少。")
_KINDS = {
    "firm": ("Firm", "企业"), "association": ("Association", "行业协会"), "government": ("Government", "政府"),
    "regulator": ("Regulator", "监管机构"), "university": ("University or school", "院校"), "research": ("Research institute", "科研机构"),
    "platform": ("Service platform", "服务平台"), "finance": ("Finance", "金融机构"), "market": ("Market", "专业市场"),
    "fair": ("Trade fair", "展会"), "buyer": ("Buyer", "采购商"), "supplier": ("Supplier", "供应商"), "person": ("Person", "个人"),
}  # fmt: skip


def xlsform_sheets(
    instruments: Sequence[Instrument], roster: pd.DataFrame, *, title: Mapping[str, str], form_id: str
) -> dict[str, pd.DataFrame]:
    """Return the sheets survey, choices and settings of one form with all the instruments, in English and Chinese.

    `roster` has the columns actor, label_en, label_zh, kind, place of actors.csv and may be empty; `title` has en and zh. Without
    consent nothing else is asked. Raises `GumflowError` for instruments that cannot stand in one form.
    """
    if (
        not form_id
        or not form_id.replace("_", "a").isalnum()
        or not form_id.isascii()
        or form_id[0].isdigit()
    ):
        raise GumflowError(
            f"form id {form_id!r}: use ASCII letters, digits and underscores, starting with a letter"
        )
    form = _Form(instruments, roster_csv(roster))
    rows = [*form.opening(title), *form.identity()]
    for instrument in instruments:
        rows += form.sections(instrument)
    _check_names(rows)
    survey, choices = _sheet(rows, _COLUMNS), _choices(form.lists)
    text = survey.to_csv(index=False) + choices.to_csv(index=False)
    settings = {
        "form_title": " / ".join(dict.fromkeys((title["en"], title["zh"]))),
        "form_id": form_id,
        # Servers take a changed form only under another version; the digest changes with the form and with nothing else.
        "version": hashlib.sha256(text.encode("utf-8")).hexdigest()[:12],
        "default_language": LANGUAGES["zh"],
    }
    return {"survey": survey, "choices": choices, "settings": pd.DataFrame([settings], dtype="str")}


def roster_csv(roster: pd.DataFrame) -> pd.DataFrame:
    """Return the roster as the file that the form picks from: name (actor id), label, kind, place; in the order given.

    The label holds both languages where they differ: ODK Collect refuses a form whose attached file has a label column for each language.
    """
    if roster.empty:
        return pd.DataFrame(columns=ROSTER_COLUMNS, dtype="str")
    zh, en = roster["label_zh"].fillna("").astype("str"), roster["label_en"].fillna("").astype("str")
    both = (zh + " " + en.where(en != zh, "")).str.strip()
    return pd.DataFrame(
        {
            "name": roster["actor"].astype("str"),
            "label": both.where(both != "", roster["actor"].astype("str")),
            "kind": roster["kind"].astype("str"),
            "place": roster["place"].astype("str"),
        }
    ).reset_index(drop=True)


def write_form(
    folder: Path,
    instruments: Sequence[Instrument],
    roster: pd.DataFrame,
    *,
    title: Mapping[str, str],
    form_id: str,
) -> list[Path]:
    """Write form.xlsx and, unless the roster is empty, roster.csv (to attach to the form) into `folder`; return their paths."""
    sheets = xlsform_sheets(instruments, roster, title=title, form_id=form_id)
    paths = [folder / "form.xlsx"]
    write_workbook(sheets, paths[0])
    if not roster.empty:
        paths.append(folder / ROSTER_FILE)
        # Without a byte-order mark, which the form would read as part of the first column's name.
        write_text(roster_csv(roster).to_csv(index=False, lineterminator="\n"), paths[1])
    return paths


class _Form:
    """The instruments of one form with its roster; collects the lists of choices while rows are made."""

    def __init__(self, instruments: Sequence[Instrument], roster: pd.DataFrame) -> None:
        self.instruments = instruments
        self.items = {i.id: i for instrument in instruments for i in instrument.items.values()}
        self.kinds = tuple(
            dict.fromkeys(
                k for instrument in instruments for q in instrument.questions for k in q.respondents
            )
        )
        self.lists: dict[str, Sequence[Option]] = {"yes_no": _YES_NO}
        listed = set(zip(roster["kind"], roster["place"].eq("local"), strict=True))
        self.relations = Relations(self.items, listed, self.lists)
        self.picks_respondent = any((kind, True) in listed for kind in self.kinds)

    def opening(self, title: Mapping[str, str]) -> list[Row]:
        """Return what comes before the questions: date, consent, who answers."""
        rows = [
            form_row("today", "submitted"),
            form_row("note", "about", (f"{title['en']}. {_ABOUT[0]}", f"{title['zh']}。{_ABOUT[1]}")),
            form_row("select_one yes_no", "consent", _CONSENT, required="yes"),
        ]
        agreed = "${consent} = 'yes'"
        if not self.picks_respondent:
            rows.append(form_row("text", "respondent", _RESPONDENT_WORDS, required="yes", relevant=agreed))
        else:
            pick = form_row("select_one_from_file roster.csv", "respondent", _RESPONDENT, _RESPONDENT_HINT)
            kinds = any_of(f"kind = '{k}'" for k in self.kinds)
            rows.append(
                pick
                | {"required": "yes", "relevant": agreed, "appearance": "minimal autocomplete"}
                | {"choice_filter": f"{kinds} and place = 'local'"}
            )
        if len(self.kinds) > 1:
            rows.append(self._respondent_kind(agreed))
        return rows

    def _respondent_kind(self, agreed: str) -> Row:
        if self.picks_respondent:
            kind = "instance('roster')/root/item[name = ${respondent}]/kind"
            return form_row("calculate", "respondent_kind", calculation=kind)
        self.lists["respondent_kind"] = [Option(k, *_KINDS.get(k, (k, k))) for k in self.kinds]
        return form_row(
            "select_one respondent_kind", "respondent_kind", _RESPONDENT_KIND, required="yes", relevant=agreed
        )

    def identity(self) -> list[Row]:
        """Return the group of the items that say who answers; they never go with the answers."""
        rows = [
            form_row("text", form_name(item), item_texts(item), relevant=self._asked(q, item))
            for instrument in self.instruments
            for q in instrument.questions
            for item in q.items
            if item.type == "identity"
        ]
        return grouped("identity", _IDENTITY, rows, "${consent} = 'yes'")

    def sections(self, instrument: Instrument) -> list[Row]:
        """Return one group a section of the instrument."""
        out: list[Row] = []
        for section in instrument.sections.values():
            questions = [q for q in instrument.questions if q.section == section["id"]]
            rows = [row for q in questions for row in self._question(q)]
            name = f"{instrument.name}_{section['id']}"
            out += grouped(name, (section["en"], section["zh"]), rows, "${consent} = 'yes'")
        return out

    def _question(self, question: Question) -> list[Row]:
        items = [i for i in question.items if i.type != "identity"]
        printed = f"{question.printed}. " if question.printed else ""
        heading = (printed + question.en, printed + question.zh)
        alone = len(items) == 1
        rows = []
        for item in items:
            # An item with a text of its own shows it below the question's.
            own = item_texts(item)
            same = own == (question.en, question.zh)
            label = (
                heading if same else (f"{heading[0]} {own[0]}", f"{heading[1]} {own[1]}") if alone else own
            )
            rows += self._item(question, item, label)
        # Where everything is asked in the repeat of another question, nothing is left to head.
        return rows if alone else grouped(f"{question.id}_question".replace(".", "_"), heading, rows)

    def _asked(self, question: Question, item: Item) -> str:
        parts = []
        if set(question.respondents) < set(self.kinds):
            parts.append(any_of(f"${{respondent_kind}} = '{k}'" for k in question.respondents))
        if item.asked_if is not None:
            parts.append(ticked(item.asked_if))
        return " and ".join(parts)

    def _item(self, question: Question, item: Item, label: Text) -> list[Row]:
        asked = self._asked(question, item)
        if item.type == "relation":
            return self.relations.rows(question, item, label, asked)
        if item.type == "shares":
            return self._shares(item, label, asked)
        if item.type == "rank":
            return self._rank(item, label, asked)
        row = answer_row(item, form_name(item), label, self.lists) | {"relevant": asked}
        return [row, *fill_ins(item, lambda o: f"selected(${{{form_name(item)}}}, '{o.code}')")]

    def _shares(self, item: Item, label: Text, asked: str) -> list[Row]:
        name = form_name(item)
        parts = [f"{name}_{o.code}" for o in item.options]
        total = " + ".join(f"coalesce(${{{p}}}, 0)" for p in parts)
        rows = [
            form_row("integer", part, (o.en, o.zh), ("%", "%"))
            | condition(". >= 0 and . <= 100", ("0 to 100", "0 至 100"))
            for part, o in zip(parts, item.options, strict=True)
        ]
        others = "".join(f" + coalesce(${{{p}}}, 0)" for p in parts[:-1])
        low, high = 100 - item.tolerance, 100 + item.tolerance
        # The sum is written out: the last part's constraint is looked at before `_sum` is computed again.
        rows[-1] |= condition(
            f". >= 0 and . <= 100 and .{others} >= {low:g} and .{others} <= {high:g}", _SUM_WRONG
        )
        if len(parts) > 1:
            filled = any_of(f"${{{p}}} != ''" for p in parts[:-1])
            # A constraint is not looked at where nothing is written.
            rows[-1] |= {"required": filled} | bilingual("required_message", _SUM_OPEN)
        shown = f"${{{name}_sum}}"
        rows.append(form_row("calculate", f"{name}_sum", calculation=total))
        rows.append(form_row("note", f"{name}_total", (_SUM[0].format(shown), _SUM[1].format(shown))))
        rows += fill_ins(item, lambda o: f"${{{name}_{o.code}}} > 0")
        return grouped(f"{name}_parts", label, rows, asked, appearance="field-list")

    def _rank(self, item: Item, label: Text, asked: str) -> list[Row]:
        ranked = self.items[item.ranks]
        base = f"${{{form_name(ranked)}}}"
        self.lists[form_name(ranked)] = ranked.options
        # Nothing is put in order where nothing is ticked, or an option that stands alone.
        none = [f"not(selected({base}, '{o.code}'))" for o in ranked.options if o.excludes]
        relevant = " and ".join([part for part in (asked, f"count-selected({base}) > 0") if part] + none)
        same = " and ".join(
            f"selected(., '{o.code}') = selected({base}, '{o.code}')"
            for o in ranked.options
            if not o.excludes
        )
        row = form_row(f"rank {form_name(ranked)}", form_name(item), label, relevant=relevant)
        row["choice_filter"] = f"selected({base}, name)"
        return [row | condition(same, _RANK_WRONG)]


def _check_names(rows: list[Row]) -> None:
    """Raise `GumflowError` where two questions would have one name; what is asked in several repeats may come in each."""
    seen: set[tuple[str, str]] = set()
    doubled: list[str] = []
    repeat = ""
    for row in rows:
        if row["type"] == "begin_repeat":
            repeat = row["name"]
        key = (repeat, row["name"])
        if not row["type"].startswith("end_"):
            doubled += [row["name"]] if key in seen else []
            seen.add(key)
        if row["type"] == "end_repeat":
            repeat = ""
    if doubled:
        raise GumflowError(
            f"The form would have two questions called {', '.join(sorted(set(doubled)))}: a dot of an item id becomes an "
            "underscore, and parts and write-ins add the code of their option. Rename an item or an option, or leave one "
            "instrument out."
        )


def _sheet(rows: list[Row], columns: list[str]) -> pd.DataFrame:
    """Return rows as a sheet without the columns that no row fills."""
    table = pd.DataFrame(rows, columns=columns, dtype="str").fillna("")
    return table[[c for c in columns if (table[c] != "").any()]]


def _choices(lists: Mapping[str, Sequence[Option]]) -> pd.DataFrame:
    rows = [
        {"list_name": name, "name": o.code} | bilingual("label", (o.en, o.zh))
        for name, options in lists.items()
        for o in options
    ]
    return pd.DataFrame(rows, dtype="str")
