"""A published case text as sections, paragraphs and sentences, so that a coded row can be held against its source.

The text is plain UTF-8. `01　Title` opens a chapter, `4.2.4　Title` a section, `注　释` the chapter's notes, `〔7〕` alone on a
line is a note mark. A paragraph is a block between blank lines; a note mark does not end it if the text goes on after it
(the continuation is indented). Sentences end at 。！？ with the closing quotation mark or bracket that follows.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from gumflow.contract.errors import GumflowError

_CHAPTER = re.compile(r"0(\d)　")
_SECTION = re.compile(r"\s*(\d\.\d(?:\.\d)?)　")
_NOTE_MARK = re.compile(r"\s*〔(\d+)〕\s*")
_NOTES = re.compile(r"注　释\s*")
_BACK_MATTER = re.compile(r"(附录|参考文献|后记)")
_SENTENCE = re.compile(r"[^。！？]*[。！？][”’）〕]*|[^。！？]+$")
# A line that opens like a section but is a full sentence is text.
_LONGEST_HEADING = 60


@dataclass(frozen=True)
class Book:
    """Paragraphs by section (`4.2.4` -> list of texts) and notes by `chapter:number`."""

    sections: dict[str, list[str]]
    notes: dict[str, str]

    def place(self, section: str, paragraphs: str, note: str) -> str | None:
        """Return the text of a cited place: paragraphs `1;3` of a section together with a note; None if it is not there."""
        texts = []
        if paragraphs:
            for number in paragraphs.split(";"):
                at = int(number) - 1
                if section not in self.sections or not 0 <= at < len(self.sections[section]):
                    return None
                texts.append(self.sections[section][at])
        if note:
            if note not in self.notes:
                return None
            texts.append(self.notes[note])
        return "\n".join(texts) if texts else None


def sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph."""
    return [s for s in _SENTENCE.findall(paragraph) if s.strip()]


def read_book(path: Path) -> Book:
    """Read a text file into a `Book`; raise `GumflowError` if it cannot be read or has no numbered sections."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise GumflowError(f"{path}: the text cannot be read as UTF-8: {error}") from error
    reader = _Reader()
    for line in lines:
        reader.take(line)
    sections = {s: ["".join(block) for block in blocks] for s, blocks in reader.sections.items()}
    if not any("." in s for s in sections):
        raise GumflowError(f"{path}: no section such as '4.2.4　Title' was found.")
    return Book(sections, reader.notes)


class _Reader:
    """Walks the lines of a text, knowing in which chapter, section, paragraph or note it stands."""

    def __init__(self) -> None:
        self.sections: dict[str, list[list[str]]] = {}
        self.notes: dict[str, str] = {}
        self._chapter = ""
        self._section = ""
        self._in_notes = False
        self._note = ""
        self._block: list[str] | None = None
        self._after_mark = False

    def take(self, line: str) -> None:
        chapter = _CHAPTER.match(line)
        if chapter:
            self._chapter, self._in_notes = chapter.group(1), False
            self._open(self._chapter)
        elif _NOTES.fullmatch(line):
            self._in_notes, self._note = True, ""
        elif _BACK_MATTER.match(line):
            self._chapter, self._in_notes = "", False
        elif self._chapter and self._in_notes:
            self._take_note(line)
        elif self._chapter:
            self._take_text(line)

    def _open(self, section: str) -> None:
        self._section, self._block, self._after_mark = section, None, False
        self.sections.setdefault(section, [])

    def _take_note(self, line: str) -> None:
        mark = _NOTE_MARK.fullmatch(line)
        if mark:
            self._note = f"{self._chapter}:{mark.group(1)}"
            self.notes[self._note] = ""
        elif self._note:
            self.notes[self._note] += line.strip()

    def _take_text(self, line: str) -> None:
        heading = _SECTION.match(line)
        if heading and len(line) < _LONGEST_HEADING:
            self._open(heading.group(1))
        elif _NOTE_MARK.fullmatch(line):
            self._after_mark = True
        elif not line.strip():
            if not self._after_mark:
                self._block = None
        else:
            if self._block is None or (self._after_mark and not line.startswith(" ")):
                self._block = []
                self.sections[self._section].append(self._block)
            self._block.append(line.strip())
            self._after_mark = False
