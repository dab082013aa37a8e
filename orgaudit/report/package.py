"""The zip that a workbook is: the same parts give the same bytes.

openpyxl stamps every part and the document itself with the time of writing, and has no element for "a number stored as
text is meant so". Both are put right while the parts go into the archive, so that nothing is compressed twice.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_FIXED = (1980, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_TAIL = 65_536
_AFTER_IGNORED_ERRORS = re.compile(rb"<(?:drawing|legacyDrawing|tableParts)\b|</worksheet>")
"""What the schema wants after ignoredErrors (ECMA-376 part 1, 18.3.1.99)."""


class FixedZip(ZipFile):
    """An archive that openpyxl writes into and that holds no trace of when and where.

    as_text: range of each worksheet part in which numbers stored as text are meant so, by part name.
    """

    def __init__(self, file: IO[bytes], modified: str, as_text: Mapping[str, str]) -> None:
        super().__init__(file, "w", ZIP_DEFLATED)
        self._modified = modified.encode("ascii")
        self._as_text = as_text

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        """Write a part that is at hand."""
        name = str(getattr(zinfo_or_arcname, "filename", zinfo_or_arcname))
        content = data.encode("utf-8") if isinstance(data, str) else data
        if name == "docProps/core.xml":
            content = _MODIFIED.sub(rb"\g<1>" + self._modified + rb"\g<2>", content)
        super().writestr(_entry(name), content)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Write a worksheet that openpyxl left in a temporary file, without reading it into memory."""
        name = str(arcname or filename)
        size = Path(filename).stat().st_size
        with Path(filename).open("rb") as source, self.open(_entry(name), "w", force_zip64=size > 2**31) as target:
            for _chunk in range(max(size - _TAIL, 0) // _TAIL):
                target.write(source.read(_TAIL))
            target.write(_with_ignored_errors(source.read(), self._as_text.get(name, "")))


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _FIXED)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _with_ignored_errors(tail: bytes, area: str) -> bytes:
    if not area:
        return tail
    ignored = f'<ignoredErrors><ignoredError sqref="{area}" numberStoredAsText="1"/></ignoredErrors>'.encode()
    # The tail ends with print settings and parts; cell text cannot hold an unescaped "<".
    place = [found.start() for found in _AFTER_IGNORED_ERRORS.finditer(tail)][0]
    return tail[:place] + ignored + tail[place:]
