"""Hostile text made harmless: what a tag, an alarm name or a description may do to the program that opens a report.

Whoever can name a resource in any audited account writes into these reports. Nothing here loses the reader a fact:
``results.json`` keeps every text exactly.
"""

import re

TRUNCATED = " [TRUNCATED, see results.json]"
CELL_LIMIT = 32_767
"""UTF-16 units that Excel keeps in a cell; openpyxl cuts there without a word."""

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Controls that break XML or a terminal, and marks that reorder text on screen. TAB and LF are ordinary in a cell."""
_NOT_TEXT = re.compile("[\ud800-\udfff\ufffe\uffff\ufdd0-\ufdef]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters that make a spreadsheet compute; the last four are their fullwidth forms."""
_SHEET_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def visible(text: str) -> str:
    """The text with what cannot be seen written out (``\\x1b``, ``\\u202e``), and what is no character as U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    return _NOT_TEXT.sub("\ufffd", _UNSEEN.sub(_written_out, text))


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def may_compute(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula."""
    return text.startswith(_FORMULA)


def csv_text(text: str) -> str:
    """The text for a CSV field: a leading ``'`` keeps a spreadsheet from computing it."""
    return "'" + visible(text) if may_compute(text) else visible(text)


def sheet_text(text: str) -> str:
    """The text for a workbook cell: marked where it had to be cut, and its ``_x000D_`` meant literally."""
    seen = visible(text)
    if len(seen) * 2 > CELL_LIMIT:
        seen = _fitted(seen)
    return _SHEET_ESCAPE.sub("_x005F_", seen) if "_x" in seen else seen


_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def written_text(value: str) -> str:
    """What somebody wrote into a cell: its escapes undone (ECMA-376 part 1, 22.9.2.19), line ends as LF."""
    return _unix(_ESCAPE.sub(lambda match: chr(int(match[1], 16)), value) if "_x" in value else value)


def kept_text(value: str) -> str:
    """What a cell of ours says, the same whatever program saved it last.

    LibreOffice (7.4) undoes the escape of a literal ``_x000D_`` when it reads and does not set it again when it writes,
    so only the escape of the underscore is undone: none of our cells holds what the others stand for.
    """
    return _unix(value.replace("_x005F_", "_"))


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _fitted(text: str) -> str:
    units = text.encode("utf-16-le")
    if len(units) // 2 <= CELL_LIMIT:
        return text
    kept = units[: (CELL_LIMIT - len(TRUNCATED)) * 2].decode("utf-16-le", "ignore")
    return kept + TRUNCATED
