"""Holding a coded study against its source text: does each row's place say what the row says it says?

What can be checked by machine is checked: that the cited place exists, and that the actor's name (or a listed alias) or the
printed figure occurs in it. Whether a relation or an evaluation is rightly read is for a second coder.
"""

import re
from collections.abc import Mapping

import pandas as pd

from gumflow.intake.book import Book, sentences

COLUMNS = ["cluster", "table", "row", "place", "what", "problem"]
# Words for any firm or cluster tell nothing about who is meant; they do not count as a name.
CLASS_WORDS = frozenset(
    {"企业", "集群", "产业", "产业集群", "政府", "公司", "市场", "机构", "协会", "厂商", "firm", "firms"}
)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _names(actors: pd.DataFrame, aliases: pd.DataFrame, cluster: str) -> dict[str, list[str]]:
    mine = actors[actors["cluster"] == cluster]
    names: dict[str, list[str]] = {}
    # An actor of several waves keeps the names of all.
    for actor, zh, en in zip(mine["actor"], mine["label_zh"], mine["label_en"], strict=True):
        names.setdefault(actor, []).extend((zh, en))
    other = aliases[aliases["cluster"] == cluster]
    for name, actor in zip(other["name"], other["actor"], strict=True):
        names[actor].append(name)
    return {a: [_squeezed(n) for n in ns if n and n not in CLASS_WORDS] for a, ns in names.items()}


def verify_coding(tables: Mapping[str, pd.DataFrame], book: Book) -> pd.DataFrame:
    """Return every coded row that its cited place does not bear out (columns cluster, table, row, place, what, problem).

    `tables` are the tidy tables of a study. An empty result means: every cited place exists; every actor, and both ends of
    every tie, are named there; every figure is printed there; every event's year is printed there; every statement's sentence exists.
    """
    rows: list[tuple[str, ...]] = []
    for cluster in sorted(set(tables["actors"]["cluster"])):
        names = _names(tables["actors"], tables["aliases"], cluster)
        for name, check in _CHECKS.items():
            table = tables[name]
            for record in table[table["cluster"] == cluster].to_dict("records"):
                # Statements cite one sentence each; the other tables may cite a note instead.
                text = book.place(record["section"], record["paragraphs"].replace(" ", ""), record["note"])
                place = (
                    f"{record['section']} ¶{record['paragraphs']}"
                    if record["paragraphs"]
                    else f"note {record['note']}"
                )
                if text is None:
                    rows.append(
                        (
                            cluster,
                            name,
                            _row_id(name, record),
                            place,
                            "",
                            "there is no such place in the text",
                        )
                    )
                    continue
                for what, problem in check(record, _squeezed(text), names):
                    rows.append((cluster, name, _row_id(name, record), place, what, problem))
                if name == "statements":
                    count = len(sentences(text))
                    if not 1 <= record["sentence"] <= count:
                        what = f"{record['sentence']:g}"
                        rows.append(
                            (
                                cluster,
                                name,
                                record["statement"],
                                place,
                                what,
                                f"the place has {count} sentences",
                            )
                        )
    return pd.DataFrame(rows, columns=COLUMNS, dtype="str")


def _row_id(name: str, record: Mapping[str, object]) -> str:
    if name == "ties":
        return f"{record['source']} > {record['target']} ({record['layer']}, {record['state']})"
    return str(
        record[
            {
                "actors": "actor",
                "facts": "fact",
                "events": "event",
                "statements": "statement",
                "chain": "item",
                "exports": "year",
            }[name]
        ]
    )


def _unnamed(actor: str, text: str, names: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    if any(n in text for n in names.get(actor, [])):
        return []
    return [(actor, f"none of its names occurs there: {', '.join(names.get(actor, [])) or 'it has none'}")]


def _check_actor(record: Mapping, text: str, names: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    return _unnamed(record["actor"], text, names)


def _check_tie(record: Mapping, text: str, names: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    ends = dict.fromkeys((record["source"], record["target"]))
    return [found for end in ends for found in _unnamed(end, text, names)]


def _check_statement(record: Mapping, text: str, names: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    return [found for end in (record["ego"], record["alter"]) if end for found in _unnamed(end, text, names)]


def _check_fact(record: Mapping, text: str, names: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    printed = _squeezed(record["as_printed"])
    if not printed:
        return [("", "as_printed is empty: the characters of the figure are needed")]
    return [] if printed in text else [(record["as_printed"], "the figure is not printed there")]


def _check_event(record: Mapping, text: str, names: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    year = record["date"][:4]
    decade = f"{year[2]}0年代"
    if year in text or (year[3] in "09" and decade in text):
        return []
    return [(record["date"], "the year is not printed there")]


def _check_chain(record: Mapping, text: str, names: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    words = {
        "buyer": "购买者", "producer": "生产者", "mixed": "中间类型", "captive": "俘获", "market": "市场型", "modular": "模块型",
        "relational": "关系型", "hierarchy": "层级", "low": "低", "medium": "中等", "high": "高",
        "native": "原生", "embedded": "嵌入型", "growing": "成长|增长", "mature": "成熟", "shrinking": "衰退|减少|萎缩", "stable": "稳定",
        "stable_or_shrinking": "稳定", "not_captive": "没有被控制|没有被俘获", "sales_first": "销售环节", "making_first": "制造环节",
    }  # fmt: skip
    word = words[record["category"]]
    if any(w in text for w in word.split("|")):
        return []
    return [(record["category"], f"the text does not print {word.replace('|', ' or ')} there")]


def _check_export(record: Mapping, text: str, names: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    plain = re.sub("[,，]", "", text)
    return [
        (f"{record[column]:.12g}", f"the {column} is not printed there")
        for column in ("year", "quantity", "value")
        if f"{record[column]:.12g}" not in plain
    ]


_CHECKS = {
    "actors": _check_actor,
    "ties": _check_tie,
    "statements": _check_statement,
    "facts": _check_fact,
    "events": _check_event,
    "chain": _check_chain,
    "exports": _check_export,
}
