"""The one error that the pattern language raises."""


class PatternSyntaxError(ValueError):
    """A text is not a filter pattern.

    column: where, counted from 1. expected: what the language allows there. text: the whole pattern.
    """

    def __init__(self, text: str, column: int, expected: str, found: str | None = None) -> None:
        self.text = text
        self.column = column
        self.expected = expected
        self.found = found if found is not None else _found(text, column)
        super().__init__(f"column {column}: expected {expected}, found {self.found}")


def _found(text: str, column: int) -> str:
    rest = text[column - 1 : column + 11]
    if not rest:
        return "the end of the pattern"
    return repr(rest) if len(text) < column + 11 else repr(rest[:-1] + "…")
