"""Lines for terminals and mails: as broad as they look, whatever the script."""

import unicodedata

import pytest

from orgaudit.report.folding import breadth, cut, folded, padded

MIXED = (
    "Trail 監査証跡 of account 本番環境データ基盤 does not log: 株式会社の証跡はこのアカウントを記録していません。" * 3
)


def columns(text: str) -> int:
    """What a terminal makes of it, by the rule of thumb of UAX 11."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char) for char in text)


@pytest.mark.parametrize("width", [20, 41, 80])
def test_lines_of_wide_signs_fit_and_lose_nothing(width: int) -> None:
    lines = folded(MIXED, "- ", "    ", width=width)
    assert max(map(columns, lines)) <= width
    assert "".join(lines).replace(" ", "").removeprefix("-") == MIXED.replace(" ", "")


def test_a_path_to_be_copied_stays_on_one_line_and_a_hash_may_be_broken() -> None:
    path = "evidence/" + "o-abcdefghij_" * 8
    assert folded(f"look at {path} now") == ["look at", path, "now"]
    assert folded("ab" * 50, width=40, whole_words=False) == ["ab" * 20, "ab" * 20, "ab" * 10]


def test_what_cannot_be_seen_is_written_out_before_it_is_measured() -> None:
    lines = folded("\x1b" * 40 + " end", width=80, whole_words=False)
    assert max(map(len, lines)) <= 80
    assert "".join(lines) == "\\x1b" * 40 + "end"


def test_cells_of_a_table_stand_below_each_other() -> None:
    for text in ("5.10", "統制-1", "e\u0301tat", "非常に長い統制の番号"):
        assert columns(padded(cut(text, 8), 8)) == 8
    assert breadth("") == 0
