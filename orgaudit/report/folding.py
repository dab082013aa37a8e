"""Text in lines for letters of one breadth, as on a terminal or in a mail: a Chinese sign takes two columns there."""

import re

from orgaudit.report.inert import visible

_WIDTH = 80
_PIECE = re.compile(r"\s+|\S+")


def breadth(text: str) -> int:
    """The columns that the text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, columns: int) -> str:
    """The text, and as many blanks behind it as fill so many columns."""
    return text + " " * (columns - breadth(text))


def fitting(text: str, columns: int) -> str:
    """As much of the text's beginning as so many columns hold."""
    kept = text[:columns]
    while breadth(kept) > columns:
        kept = kept[:-1]
    return kept


def cut(text: str, columns: int) -> str:
    """The text, or its beginning and three dots, in at most so many columns."""
    return text if breadth(text) <= columns else fitting(text, columns - 3) + "..."


def folded(
    text: str, first: str = "", further: str = "", *, width: int = _WIDTH, whole_words: bool = True
) -> list[str]:
    """The text in lines of at most so many columns, the first and the others indented as given.

    It is made visible first: an escape written out is broader than what it stands for. whole_words: a word that is
    longer than a line, such as a path to be copied, is left whole; one of a script without blanks is broken all the
    same.
    """
    lines: list[str] = []
    line, blanks, empty = first, "", True
    for piece in _PIECE.findall(visible(text)):
        if piece.isspace():
            blanks = " " * len(piece)
            continue
        if not empty and breadth(line + blanks + piece) > width:
            lines.append(line)
            line, blanks = further, ""
        line, blanks, empty = line + blanks + piece, "", False
        while breadth(line) > width and not (whole_words and breadth(piece) <= len(piece)):
            lines.append(fitting(line, width))
            line = further + line[len(lines[-1]) :]
    return lines if empty else [*lines, line]
