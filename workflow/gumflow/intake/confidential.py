"""Names out, pseudonyms in: what a confidential study's tables may hold inside, and what goes to its restricted folder.

Firms and persons were promised that they stay unknown. After `protect` no table holds an actor's own id, a name, an alias, a contact or
words that someone wrote; the way back lies in the restricted folder alone.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.name_search import BARRIER, Names, is_han, key_of, plain, searchable, weight
from gumflow.contract.pseudonyms import pseudonyms
from gumflow.contract.tables import TABLES, table_contract
from gumflow.intake.names import name_core

IDENTITY_COLUMNS = (
    "name", "full_name", "owner", "manager", "contact", "phone", "mobile", "telephone", "tel", "fax", "address", "email", "e_mail",
    "website", "url", "credit_code", "registration_number", "id_card", "wechat", "weixin", "qq", "nickname", "ip", "device",
    "device_id", "openid", "username", "gps", "signature",
    "名称", "姓名", "企业名称", "联系人", "联系方式", "电话", "手机", "手机号", "传真", "地址", "邮箱", "电子邮箱", "网址",
    "统一社会信用代码", "信用代码", "身份证", "身份证号", "微信", "微信号", "昵称",
)  # fmt: skip
"""Columns that name a person or a firm; they are taken out of every table, whatever the study says."""

EMPTIED = {"answers": ("text",)}
"""Columns of words that respondents wrote, by table; `remark` is emptied everywhere."""

KINDS_ZH = {
    "firm": "企业", "association": "协会", "government": "政府部门", "regulator": "监管机构", "university": "高校", "research": "研究机构",
    "platform": "平台", "finance": "金融机构", "market": "市场", "fair": "展会", "buyer": "采购商", "supplier": "供应商",
    "place": "地点", "class": "群体", "person": "个人", "other": "主体", "actor": "主体",
}  # fmt: skip

LEAST_SHARED = 3
"""A word in a column of actors is told by the firms that share it, if they are at least so many."""

_REFERENCES = ("actor", "respondent", "alter", "ego", "reporter", "owner_actor")
_LABELS = ("label_en", "label_zh")
_ANSWERS_CODES = ("study", "cluster", "wave", "grade", "instrument", "question", "option", "missing_reason")
_GENERIC = frozenset(
    re.split(
        r"\s+",
        "firm firms company companies enterprise enterprises factory factories association associations government university bank market "
        "platform buyer buyers supplier suppliers agency agencies regulator research finance fair place class person actor other others "
        "unknown none small large local abroad "
        "企业 公司 工厂 厂家 小企业 大企业 中小企业 龙头企业 协会 行业协会 商会 政府 政府部门 地方政府 监管机构 大学 高校 银行 金融机构 市场 "
        "专业市场 平台 展会 客户 采购商 供应商 地点 群体 个人 主体 其他 其它 不详 未知 没有 集团 农户 家庭作坊 研究院 研究所 研究机构 有限公司",
    )
)
_LEGAL_EN = r"(?:company limited|co\.?,?\s*ltd|limited|ltd|inc|incorporated|corp|corporation|company|co|gmbh|llc|plc|group|s\.?a|ag|association)\.?"
# A core of such words alone is the name of a trade.
_TRADES = re.compile(
    "服装|服饰|纺织|针织|印染|轻纺|面料|布业|五金|工具|电动|电器|电子|机械|机电|打火机|汽车|配件|零部件|制品|塑料|金属|门业|锁业|杯业|贸易|外贸|"
    "进出口|实业|工业|产业|制造|科技|技术|信息|发展|投资|国际|中国|行业|商会|协会|联合会|研究|设计|服务|市场|专业|中心|经济|开发区|局|委员会|"
    r"\b(?:textiles?|apparel|garments?|clothing|hardware|tools?|lighters?|valves?|trad(?:e|ing)|industr(?:y|ies|ial)|manufactur(?:e|ing|ers?)|"
    r"import|export|international|technolog(?:y|ies)|china|zhejiang|ningbo|wenzhou|yongkang|shaoxing|and|of|the)\b",
    re.I,
)


@dataclass(frozen=True)
class Protected:
    """Texts that must not be published, longest first, and those too short or common to be searched for."""

    texts: tuple[str, ...]
    unsearchable: tuple[str, ...]


@dataclass(frozen=True)
class Protection:
    """A study's tables with pseudonyms, and what goes to its restricted folder.

    `identities`: pseudonym, actor, table, column, value - one row for each thing that tells who an actor is. `texts`: table, row, column,
    pseudonym, text - the words that were emptied; row is the position in the table.
    """

    tables: Mapping[str, pd.DataFrame]
    identities: pd.DataFrame
    texts: pd.DataFrame
    protected: Protected


def protected_texts(
    tables: Mapping[str, pd.DataFrame], identities: pd.DataFrame, identity_columns: Sequence[str] = ()
) -> Protected:
    """Gather what must not be published: labels in both languages, aliases, name cores, identity columns and identity answers.

    A name core is a name without place and legal form; it counts from 3 Chinese characters or 5 letters on. `identities` are the answers
    to identity items (respondent, question, text); `identity_columns` are the study's own personal columns (`protect` in study.yaml).
    Actors that are classes or places (such as "small firms") are not protected. Actor ids are, where they hold a word of 4 letters.
    """
    names, others = set[str](), set[str]()
    actors = tables.get("actors", pd.DataFrame())
    if len(actors):
        single = actors[~actors["kind"].isin(["class", "place"])] if "kind" in actors else actors
        for column in _LABELS:
            names |= _texts(single, column)
        # An id such as `f12`, `1004` or `valley_platform` tells nothing; one that is a word of its own may.
        places = {p for c in _texts(actors, "cluster") for p in c.split("_")} | _GENERIC
        names |= {
            i
            for i in _texts(single, "actor")
            if len(re.sub(r"[\d_\W]", "", i)) >= 4
            and not set(re.split(r"[\d_]+", i.lower())) - {""} <= places
        }
        if "aliases" in tables and "actor" in actors:
            of_single = tables["aliases"]["actor"].isin(single["actor"])
            names |= _texts(tables["aliases"][of_single], "name")
    for table in tables.values():
        for column in _personal(table, identity_columns):
            others |= _texts(table, column)
    others |= _texts(identities, "text")
    cores = {core for name in names | others if (core := told_core(name))}
    texts = names | others
    common = {t for t in texts if _is_generic(t) or not searchable(t)}
    found = (texts - common) | {c for c in cores if not _is_generic(c)}
    return Protected(tuple(sorted(found, key=lambda t: (-len(t), t))), tuple(sorted(common)))


def _texts(table: pd.DataFrame, column: str) -> set[str]:
    if column not in table.columns:
        return set()
    # Distinct first: answers have hundreds of thousands of rows and few different cells.
    values = pd.Series(table[column].dropna().unique(), dtype="str").str.strip()
    return set(values[values != ""])


def _is_generic(text: str) -> bool:
    return plain(text).strip().lower() in _GENERIC


@functools.lru_cache(maxsize=100_000)
def told_core(name: str) -> str:
    """Return a name without place and legal form, or nothing if that tells no one.

    At least 3 Chinese characters or 5 letters must be left, not all of them the name of a trade (五金工具 is any firm of the trade).
    """
    text = plain(name).strip()
    chinese = any(is_han(c) for c in text)
    core = name_core(text) if chinese else _without_legal_form(text)
    key = key_of(core)
    enough = weight(key) >= (6 if chinese else 5) and not key.isdecimal()
    own = weight(key_of(_TRADES.sub("", core))) >= (2 if chinese else 3)
    return core if enough and own and key != key_of(text) else ""


def _without_legal_form(text: str) -> str:
    while (shorter := re.sub(rf"[\s,.]+{_LEGAL_EN}$", "", text, flags=re.I)) != text:
        text = shorter
    return text


def _personal(table: pd.DataFrame, identity_columns: Sequence[str]) -> list[str]:
    own = {c.strip().lower() for c in identity_columns}
    return [c for c in table.columns if str(c).strip().lower() in own | set(IDENTITY_COLUMNS)]


def telling_columns(actors: pd.DataFrame, kept: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the further columns of actors that may tell who an actor is: text of which some value is shared by fewer than three actors.

    Not among them are the columns of the contract, `kept` (which the study's own settings name), and numbers of fewer than seven digits.
    """
    told = []
    single = actors.drop_duplicates("actor") if "actor" in actors else actors
    for column in actors.columns:
        if column in (*table_contract("actors").names, *_ANSWERS_CODES, "boundary", "inside", *kept):
            continue
        texts = single[column].dropna().astype("str").str.strip()
        texts = texts[texts != ""]
        plain_numbers = texts.str.fullmatch(r"[+-]?\d{0,6}(\.\d{1,6})?") & (texts.str.count(r"\d") < 7)
        if not plain_numbers.all() and texts.value_counts().min() < LEAST_SHARED:
            told.append(str(column))
    return tuple(told)


def protect(
    tables: Mapping[str, pd.DataFrame],
    identities: pd.DataFrame,
    key: bytes,
    study: str,
    identity_columns: Sequence[str] = (),
) -> Protection:
    """Return a study's tables with pseudonyms in the place of actors, and what goes to the restricted folder.

    `tables` hold all clusters and waves, so that an actor has one pseudonym. Every id and every reference becomes `kind_pseudonym`, labels
    `Firm k3x9...` and `企业 k3x9...`. Aliases are emptied, personal columns taken out, words of respondents and remarks emptied, protected
    texts in all other text put out by the pseudonym. Inputs are unchanged; the order of rows does not matter. Raises `GumflowError` if
    a protected text is left anywhere.
    """
    protected = protected_texts(tables, identities, identity_columns)
    ids, kinds = _new_ids(tables, identities, key, study)
    masks = _Masks(tables, identities, protected, ids, kinds)
    new, texts = {}, [_EMPTY_TEXTS]
    told = [_identity_answers(identities, ids)]
    for name, table in tables.items():
        told.append(_identity_values(name, table, ids, identity_columns))
        texts.append(_emptied_texts(name, table, ids))
        new[name] = _protected_table(name, table, ids, kinds, masks, identity_columns)
    _check(new, masks.names)
    known = pd.concat(told, ignore_index=True).drop_duplicates()
    known = known.sort_values(list(known.columns), kind="stable", ignore_index=True)
    return Protection(new, known, pd.concat(texts, ignore_index=True), protected)


def _reference_columns(name: str, table: pd.DataFrame) -> dict[str, bool]:
    """Return the columns that hold actor ids, and whether they hold lists of them."""
    columns = dict.fromkeys((c for c in _REFERENCES if c in table.columns), False)
    if name in TABLES:
        for field in table_contract(name).fields:
            if field.reference == "actors.actor" and field.name in table.columns:
                columns[field.name] = field.is_list
    return columns


def _ids_in(name: str, table: pd.DataFrame) -> set[str]:
    found: set[str] = set()
    for column, is_list in _reference_columns(name, table).items():
        for value in _texts(table, column):
            found |= {part.strip() for part in value.split(";")} if is_list else {value}
    return found - {""}


def _new_ids(
    tables: Mapping[str, pd.DataFrame], identities: pd.DataFrame, key: bytes, study: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the pseudonymous id of each actor, and its kind: the first by alphabet if the waves differ."""
    kinds: dict[str, str] = {}
    actors = tables.get("actors")
    if actors is not None and "kind" in actors:
        for actor, kind in sorted(
            zip(actors["actor"].astype("str"), actors["kind"].astype("str"), strict=True)
        ):
            kinds.setdefault(actor, kind)
    every = set(kinds) | _texts(identities, "respondent")
    for name, table in tables.items():
        every |= _ids_in(name, table)
    codes = pseudonyms(key, f"gumflow:actor:{study}", every)
    return {a: f"{kinds.get(a, 'actor')}_{code}" for a, code in codes.items()}, kinds


def _label(new_id: str, language: str) -> str:
    kind, code = new_id.rsplit("_", 1)
    word = KINDS_ZH.get(kind, KINDS_ZH["actor"]) if language == "zh" else kind.capitalize()
    return f"{word} {code}"


class _Masks:
    """What each protected text becomes: the label of its actor, or a bar where it tells no single one."""

    def __init__(
        self,
        tables: Mapping[str, pd.DataFrame],
        identities: pd.DataFrame,
        protected: Protected,
        ids: Mapping[str, str],
        kinds: Mapping[str, str],
    ) -> None:
        self.names = Names(protected.texts)
        owners: dict[str, set[str]] = {}
        pairs: list[tuple[str, str]] = [(actor, actor) for actor in kinds]
        actors, aliases = tables.get("actors"), tables.get("aliases")
        if actors is not None:
            for column in (c for c in _LABELS if c in actors):
                pairs += zip(actors[column].astype("str"), actors["actor"].astype("str"), strict=True)
        if aliases is not None:
            pairs += zip(aliases["name"].astype("str"), aliases["actor"].astype("str"), strict=True)
        if len(identities):
            pairs += zip(
                identities["text"].astype("str"), identities["respondent"].astype("str"), strict=True
            )
        for text, actor in set(pairs):
            for form in {text, told_core(text)} - {""}:
                owners.setdefault(key_of(form), set()).add(actor)
        self.words: list[str] = []
        for text in protected.texts:
            own = owners.get(key_of(text), set())
            language = "zh" if any(is_han(c) for c in text) else "en"
            self.words.append(_label(ids[next(iter(own))], language) if len(own) == 1 else "███")

    def applied(self, column: pd.Series) -> pd.Series:
        """Return a column of text with protected texts put out, the longest first; cells without any stay as they are."""
        distinct = column.dropna().astype("str").unique().tolist()
        joined = BARRIER.join(plain(t) for t in distinct)
        hits = self.names.find_in_plain(joined)
        if not hits:
            return column
        ends, at = [], 0
        for text in distinct:
            at += len(plain(text)) + len(BARRIER)
            ends.append(at)
        touched = sorted({int(i) for i in pd.Index(ends).searchsorted([h.start for h in hits], side="right")})
        changed = {distinct[i]: self._one(plain(distinct[i])) for i in touched}
        return column.map(lambda value: changed.get(value, value)).astype(column.dtype)

    def _one(self, text: str) -> str:
        # What is left after one pass may again spell a name where two pieces meet.
        while hits := self.names.find_in_plain(text):
            hit = max(hits, key=lambda h: (h.end - h.start, -h.start))
            text = text[: hit.start] + self.words[hit.entry] + text[hit.end :]
        return text


def _protected_table(
    name: str,
    table: pd.DataFrame,
    ids: Mapping[str, str],
    kinds: Mapping[str, str],
    masks: _Masks,
    identity_columns: Sequence[str],
) -> pd.DataFrame:
    if name == "aliases":
        return table.iloc[:0].copy()
    references = _reference_columns(name, table)
    table = table.drop(columns=[c for c in _personal(table, identity_columns) if c not in references])
    new = {}
    for column in table.columns:
        values = table[column]
        if column in references:
            new[column] = _renamed(values, ids, references[column])
        elif name == "actors" and column in _LABELS:
            new[column] = _labels(table, ids, column)
        elif column == "remark" or column in EMPTIED.get(name, ()):
            new[column] = pd.Series("", index=table.index, dtype="str")
        elif not _is_code(name, str(column)) and not pd.api.types.is_numeric_dtype(values):
            new[column] = masks.applied(values)
        else:
            new[column] = values
    return pd.DataFrame(new, index=table.index)


def _labels(actors: pd.DataFrame, ids: Mapping[str, str], column: str) -> pd.Series:
    language = column.removeprefix("label_")
    return actors["actor"].astype("str").map(lambda a: _label(ids[a], language)).astype("str")


def _renamed(column: pd.Series, ids: Mapping[str, str], is_list: bool) -> pd.Series:
    """Return a column of ids with pseudonyms; empty cells stay empty."""

    def one(value: str) -> str:
        if is_list:
            return ";".join(sorted(ids.get(p.strip(), "") for p in value.split(";") if p.strip()))
        return ids.get(value.strip(), "")

    texts = column.astype("str").where(column.notna(), "")
    return texts.map({value: one(value) for value in texts.unique()}).astype("str")


def _is_code(name: str, column: str) -> bool:
    """Return whether a column holds codes of the contract (kinds, layers, states), which no one writes by hand."""
    if name in TABLES:
        field = table_contract(name).field_named(column)
        if field is not None:
            return bool(field.enum) or field.reference.startswith("model.")
    return column in _ANSWERS_CODES


_EMPTY_TEXTS = pd.DataFrame({c: pd.Series(dtype=t) for c, t in {
    "table": "str", "row": "int64", "column": "str", "pseudonym": "str", "text": "str",
}.items()})  # fmt: skip


def _emptied_texts(name: str, table: pd.DataFrame, ids: Mapping[str, str]) -> pd.DataFrame:
    parts = [_EMPTY_TEXTS]
    who = next((c for c in ("respondent", "actor", "ego") if c in table.columns), None)
    for column in (c for c in table.columns if c == "remark" or c in EMPTIED.get(name, ())):
        text = table[column].astype("str").where(table[column].notna(), "").reset_index(drop=True)
        rows = text.index[text != ""]
        actor = table[who].astype("str").reset_index(drop=True)[rows].map(ids).fillna("") if who else ""
        part = pd.DataFrame(
            {"table": name, "row": rows, "column": column, "pseudonym": actor, "text": text[rows]}
        )
        parts.append(part.astype(_EMPTY_TEXTS.dtypes.to_dict()))
    return pd.concat(parts, ignore_index=True)


def _identity_values(
    name: str, table: pd.DataFrame, ids: Mapping[str, str], identity_columns: Sequence[str]
) -> pd.DataFrame:
    """Return what a table says of who its actors are, one row a value."""
    who = next((c for c in ("actor", "respondent") if c in table.columns), None)
    columns = _personal(table, identity_columns)
    if name == "actors":
        columns = [*(c for c in _LABELS if c in table.columns), *columns]
    if name == "aliases":
        columns = ["name"]
    parts = [_identity_rows("", pd.Series(dtype="str"), "", pd.Series(dtype="str"), ids)]
    for column in dict.fromkeys(columns):
        actor = table[who].astype("str") if who else pd.Series("", index=table.index, dtype="str")
        parts.append(_identity_rows(name, actor, str(column), table[column], ids))
    return pd.concat(parts, ignore_index=True)


def _identity_answers(identities: pd.DataFrame, ids: Mapping[str, str]) -> pd.DataFrame:
    rows = [
        _identity_rows("identity", own["respondent"].astype("str"), str(question), own["text"], ids)
        for question, own in identities.groupby("question")
    ]
    return pd.concat(rows, ignore_index=True) if rows else _identity_values("", pd.DataFrame(), ids, ())


def _identity_rows(
    table: str, actor: pd.Series, column: str, values: pd.Series, ids: Mapping[str, str]
) -> pd.DataFrame:
    text = values.astype("str").where(values.notna(), "")
    out = pd.DataFrame(
        {"pseudonym": actor.map(ids), "actor": actor, "table": table, "column": column, "value": text}
    )
    return out[text != ""].fillna("").astype("str")


def _check(tables: Mapping[str, pd.DataFrame], names: Names) -> None:
    """Raise `GumflowError` naming table and column where a protected text is left; the text itself is not repeated."""
    left = []
    for table_name, table in tables.items():
        own = table_contract(table_name).names if table_name in TABLES else frozenset[str]()
        for column in table.columns:
            # Columns and codes of the contract name nobody: a firm may be called Trust.
            if _is_code(table_name, str(column)) and column not in ("study", "cluster", "wave"):
                continue
            if table_name in TABLES and str(column) not in own and names.find(str(column)):
                left.append(f"{table_name}, a column's name")
            values = table[column].dropna().astype("str")
            hits = names.find(BARRIER.join(values.unique().tolist()))
            if hits:
                left.append(f"{table_name}, column {column} ({len(hits)} times)")
    if left:
        raise GumflowError(
            "Protected texts are left in the tables of a confidential study, so nothing of it is written: "
            + "; ".join(left)
            + ". Rename what bears the name of a firm or person there (such as a cluster or a code), "
            "or list the column under `protect` in study.yaml."
        )
