"""What a schema is: names, types and order of a frame's columns, and what tells its rows apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from orgaudit.errors import SchemaError

TEXT = "string"
NUMBER = "Float64"
COUNT = "Int64"
FLAG = "boolean"
TIME = "datetime64[us, UTC]"


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a frame: name to dtype, in order, and which of them identify a row."""

    name: str
    about: str
    columns: Mapping[str, str]
    key: tuple[str, ...]

    def frame(self, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
        """A frame of these rows, typed and sorted by key; a column that a row lacks is NA.

        Raises SchemaError when a row has a column that the schema does not know, or a value of another type.
        """
        listed = list(rows)
        unknown = {column for row in listed for column in row} - set(self.columns)
        if unknown:
            raise SchemaError(f"{self.name}: no such columns: {', '.join(sorted(unknown))}")
        try:
            frame = pd.DataFrame({name: _column(listed, name, dtype) for name, dtype in self.columns.items()})
        except (TypeError, ValueError) as error:
            raise SchemaError(f"{self.name}: {error}") from error
        return frame.sort_values(list(self.key), kind="stable", ignore_index=True)

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame itself, if its columns and dtypes are those of the schema; else SchemaError."""
        found = {str(column): str(dtype) for column, dtype in frame.dtypes.items()}
        wrong = [
            f"{name} is {found.get(name, 'missing')}, expected {dtype}"
            for name, dtype in self.columns.items()
            if found.get(name) != dtype
        ]
        if wrong:
            raise SchemaError(f"{self.name}: {'; '.join(wrong)}")
        return frame


def _column(rows: list[Mapping[str, Any]], name: str, dtype: str) -> "pd.Series[Any]":
    values = pd.Series([row.get(name) for row in rows], dtype="object")
    if dtype == TIME:
        # a number would be read as seconds since 1970, which nobody said
        values = values.where(values.map(lambda value: isinstance(value, str | datetime)), None)
        return pd.to_datetime(values, utc=True, format="ISO8601", errors="coerce").dt.as_unit("us")
    return values.astype(dtype)  # type: ignore[call-overload, no-any-return]
