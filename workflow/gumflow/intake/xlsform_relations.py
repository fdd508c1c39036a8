"""Rows of an XLSForm that ask a respondent about alters: picked from a roster, named freely, or named in other items.

A repeat follows the positions of a list, so its entries would change their alter if a name was picked later above them. So
`<item>_alter` is written down when the value is given, and a value whose alter has moved is refused until it is given anew.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import Item, Option, Question
from gumflow.intake.xlsform_rows import (
    LANGUAGES,
    Row,
    Text,
    answer_row,
    any_of,
    at_most,
    bilingual,
    condition,
    form_name,
    form_row,
    has_value,
    item_texts,
)

_TICK = (Option("1", "Yes", "是"), Option("0", "No", "否"))
_COUNT = ("How many will you name?", "您要列出几个？")
_NAME = ("Name of organization {}", "第 {} 个单位的名称")
_ABOUT_EACH = ("About each of those named", "关于所列各方")
_MOVED = (
    "The list of names has changed since this answer was given. Remove this answer, then give it again.",
    "该答案填写之后名单有改动。请先清除此答案，再重新填写。",
)


@dataclass(frozen=True)
class Relations:
    """The rows of items that ask about alters, in a form with these items.

    `listed` holds the kinds on the roster, each with whether it is inside the cluster; `lists` takes the choices that the rows need.
    """

    items: Mapping[str, Item]
    listed: Set[tuple[str, bool]]
    lists: dict[str, Sequence[Option]]

    def rows(self, question: Question, item: Item, label: Text, asked: str) -> list[Row]:
        """Return the rows of one relation; none where it is asked in the repeat of another item."""
        relation = item.relation
        assert relation is not None
        if relation.alters != "named":
            return (
                self._by_name(item, label, asked) if self._free(item) else self._by_roster(item, label, asked)
            )
        together = self._together(question, item)
        if together[0] != item or len(self._picked(item)) < 2:
            return []
        return self._over_all_named(together, label, asked)

    def _free(self, item: Item) -> bool:
        """Say whether the item asks for names."""
        return item.id in self._by_names

    @cached_property
    def _by_names(self) -> frozenset[str]:
        """The items that ask for names: they are meant so, the roster holds no one that they could be about, or another item with which they
        share a question about all that were named has to ask for names.
        """
        relations = {i.id: i.relation for i in self.items.values() if i.relation}
        meant = {name for name, relation in relations.items() if relation.alters == "names"}
        free = meant | {
            name
            for name, r in relations.items()
            if r.alters == "roster"
            and not any((kind, r.place == "inside") in self.listed for kind in r.kinds)
        }
        shared = [
            {i.id for i in self._sources(self.items[name])}
            for name, relation in relations.items()
            if relation.alters == "named"
        ]
        while more := {i for ids in shared if ids & (free - meant) for i in ids} - free:
            free |= more
        return frozenset(free)

    def _sources(self, item: Item, seen: tuple[str, ...] = ()) -> list[Item]:
        """Return the items in which the alters that an item is about are first named, each once."""
        assert item.relation is not None
        if item.relation.alters != "named":
            return [item]
        found: dict[str, Item] = {}
        for name in item.relation.named_in:
            other = self.items.get(name)
            if other is None or other.relation is None or name in (*seen, item.id):
                raise GumflowError(
                    f"{item.id}: `named_in` names {name!r}, which is no other relation of the form that names alters."
                )
            found |= {i.id: i for i in self._sources(other, (*seen, item.id))}
        return list(found.values())

    def _picked(self, item: Item) -> list[Item]:
        """Return the items whose alters, picked from the roster, the item is about; none if it is about free names."""
        sources = self._sources(item)
        if len({self._free(i) for i in sources}) != 1:
            raise GumflowError(
                f"{item.id}: `named_in` names either items with a roster or items with free names, and at least one; "
                "make two items of it, one for each."
            )
        return [i for i in sources if not self._free(i)]

    def _together(self, question: Question, item: Item) -> list[Item]:
        """Return the items of the question that are about the same named alters."""
        sources = self._sources(item)
        return [
            i
            for i in question.items
            if i.relation and i.relation.alters == "named" and self._sources(i) == sources
        ]

    def _about(self, item: Item) -> list[Item]:
        """Return the items that are asked in this one's repeat."""
        return [
            other
            for other in self.items.values()
            if other.relation
            and other.relation.alters == "named"
            and item in self._sources(other)
            and len(self._picked(other)) < 2
        ]

    def _by_roster(self, item: Item, label: Text, asked: str) -> list[Row]:
        relation, name = item.relation, form_name(item)
        assert relation is not None
        place = "place = 'local'" if relation.place == "inside" else "place != 'local'"
        kinds = any_of(f"kind = '{k}'" for k in relation.kinds)
        pick = form_row("select_multiple_from_file roster.csv", name, label, relevant=asked)
        # No one is tied to itself.
        pick |= {
            "choice_filter": f"{kinds} and {place} and name != ${{respondent}}",
            "appearance": "autocomplete",
        }
        if relation.most:
            pick |= condition(f"count-selected(.) <= {relation.most}", at_most(relation.most))
        inside = ([item] if has_value(item) else []) + self._about(item)
        return [pick, *(self._repeat(item, inside, f"${{{name}}}", label) if inside else [])]

    def _over_all_named(self, together: list[Item], label: Text, asked: str) -> list[Row]:
        first = together[0]
        name = f"{form_name(first)}_named"
        lists = ", ' ', ".join(f"${{{form_name(i)}}}" for i in self._picked(first))
        # In the order of the roster, each once.
        union = f"join(' ', instance('roster')/root/item[selected(concat({lists}), name)]/name)"
        heading = _ABOUT_EACH if len(together) > 1 else label
        rows = self._repeat(first, together, f"${{{name}}}", heading)
        rows[0]["relevant"] = asked
        return [form_row("calculate", name, calculation=union), *rows]

    def _repeat(self, first: Item, inside: list[Item], named: str, label: Text) -> list[Row]:
        name = form_name(first)
        shown, called = f"{name}_shown", f"{name}_label"
        rows = [
            form_row("begin_repeat", f"{name}_each", label, repeat_count=f"count-selected({named})"),
            form_row("calculate", shown, calculation=f"selected-at({named}, position(..) - 1)"),
            form_row(
                "calculate", called, calculation=f"instance('roster')/root/item[name = ${{{shown}}}]/label"
            ),
        ]
        for item in inside:
            alter, value = f"{form_name(item)}_alter", f"{form_name(item)}_value"
            row = self._value(item, f"${{{called}}}", inside != [first])
            still = f"(${{{alter}}} = '' or ${{{alter}}} = ${{{shown}}})"
            rule = " and ".join(part for part in (row.get("constraint", ""), still) if part)
            own = tuple(row.get(f"constraint_message::{language}", "") for language in LANGUAGES.values())
            rows.append(row | condition(rule, (f"{own[0]} {_MOVED[0]}".strip(), own[1] + _MOVED[1])))
            rows.append(form_row("calculate", alter, calculation=f"${{{shown}}}", trigger=f"${{{value}}}"))
        return [*rows, form_row("end_repeat", f"{name}_each")]

    def _value(self, item: Item, alter: str, says_what: bool) -> Row:
        """Return the row that asks the value for one alter; it says what it asks where the repeat asks more than its heading says."""
        if not says_what:
            row = answer_row(item, f"{form_name(item)}_value", (alter, alter), self.lists)
            return row if row.get("hint::English (en)") else row | bilingual("hint", item_texts(item))
        label = (f"{alter}: {item.en}", f"{alter}：{item.zh}")
        if has_value(item):
            row = answer_row(item, f"{form_name(item)}_value", label, self.lists)
        else:
            self.lists["tick"] = _TICK
            row = form_row("select_one tick", f"{form_name(item)}_value", label)
        return row | {"relevant": self._ticked_before(item)}

    def _ticked_before(self, item: Item) -> str:
        """Return when an item is asked that is about those only who were ticked in other items of the same repeat."""
        assert item.relation is not None
        before = [self.items[i] for i in item.relation.named_in]
        ticks = [i for i in before if i.relation and i.relation.alters == "named" and not i.options]
        if not ticks or len(ticks) < len(before):
            return ""
        return any_of(f"../{form_name(i)}_value > 0" for i in ticks)

    def _by_name(self, item: Item, label: Text, asked: str) -> list[Row]:
        relation, name = item.relation, form_name(item)
        assert relation is not None
        count = form_row("integer", f"{name}_count", label, _COUNT, relevant=asked)
        limit = f". >= 0 and . <= {relation.most}" if relation.most else ". >= 0"
        count |= condition(limit, at_most(relation.most) if relation.most else ("0 or more", "0 或以上"))
        rows = [
            count,
            # A blank count leaves one entry open unless the repeat is closed by itself.
            form_row("begin_repeat", f"{name}_each", label, relevant=f"${{{name}_count}} > 0")
            | {"repeat_count": f"${{{name}_count}}"},
            form_row("calculate", f"{name}_number", calculation="position(..)"),
            form_row("text", f"{name}_alter", tuple(t.format(f"${{{name}_number}}") for t in _NAME)),  # type: ignore[arg-type]
        ]
        inside = ([item] if has_value(item) else []) + self._about(item)
        for asked_here in inside:
            rows.append(self._value(asked_here, f"${{{name}_alter}}", inside != [item]))
            if asked_here is not item:
                alter = f"{form_name(asked_here)}_alter"
                rows.append(form_row("calculate", alter, calculation=f"${{{name}_alter}}"))
        return [*rows, form_row("end_repeat", f"{name}_each")]
