"""A reviewer at work in LibreOffice: a real program that opens, sorts, filters, writes and saves the workbook."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

AVAILABLE = shutil.which("soffice") is not None

_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false"
 library:passwordprotected="false"><library:element library:name="Reviewer"/></library:library>
"""
_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Reviewer" script:language="StarBasic">
{basic}</script:module>
"""
_BASIC = """
Function ColumnOf(sheet, heading)
  Dim place
  For place = 0 To 60
    If sheet.getCellByPosition(place, 0).String = heading Then
      ColumnOf = place
      Exit Function
    End If
  Next
  ColumnOf = -1
End Function

Function RowOf(sheet, test)
  Dim place, row
  place = ColumnOf(sheet, "Test id")
  row = 1
  While sheet.getCellByPosition(place, row).String &lt;&gt; test
    row = row + 1
    If row &gt; 9999 Then Error 9
  Wend
  RowOf = row
End Function

Sub Put(sheet, test, heading, text)
  sheet.getCellByPosition(ColumnOf(sheet, heading), RowOf(sheet, test)).String = text
End Sub

Sub PutDate(sheet, test, heading, formula)
  sheet.getCellByPosition(ColumnOf(sheet, heading), RowOf(sheet, test)).FormulaLocal = formula
End Sub

Sub Sorted(sheet, heading)
  Dim cursor, area
  Dim keys(0) As New com.sun.star.table.TableSortField
  Dim how(1) As New com.sun.star.beans.PropertyValue
  cursor = sheet.createCursor()
  cursor.gotoEndOfUsedArea(False)
  area = sheet.getCellRangeByPosition(0, 0, cursor.RangeAddress.EndColumn, cursor.RangeAddress.EndRow)
  keys(0).Field = ColumnOf(sheet, heading)
  keys(0).IsAscending = False
  how(0).Name = "SortFields"
  how(0).Value = keys()
  how(1).Name = "ContainsHeader"
  how(1).Value = True
  area.sort(how())
End Sub

Sub Filtered(sheet, heading, text)
  Dim cursor, area, filter
  Dim keys(0) As New com.sun.star.sheet.TableFilterField
  cursor = sheet.createCursor()
  cursor.gotoEndOfUsedArea(False)
  area = sheet.getCellRangeByPosition(0, 0, cursor.RangeAddress.EndColumn, cursor.RangeAddress.EndRow)
  filter = area.createFilterDescriptor(True)
  filter.ContainsHeader = True
  keys(0).Field = ColumnOf(sheet, heading)
  keys(0).IsNumeric = False
  keys(0).StringValue = text
  keys(0).Operator = com.sun.star.sheet.FilterOperator.EQUAL
  filter.FilterFields = keys()
  area.filter(filter)
End Sub

Sub OwnColumn(sheet, before, heading, text)
  Dim place
  place = ColumnOf(sheet, before)
  sheet.Columns.insertByIndex(place, 1)
  sheet.getCellByPosition(place, 0).String = heading
  sheet.getCellByPosition(place, 1).String = text
End Sub

Sub Noted(sheet, test, heading, text)
  sheet.Annotations.insertNew(sheet.getCellByPosition(ColumnOf(sheet, heading), RowOf(sheet, test)).CellAddress, text)
End Sub

Sub Doubled(sheet, test)
  Dim cursor, area, row
  row = RowOf(sheet, test)
  cursor = sheet.createCursor()
  cursor.gotoEndOfUsedArea(False)
  area = sheet.getCellRangeByPosition(0, row, cursor.RangeAddress.EndColumn, row).RangeAddress
  sheet.copyRange(sheet.getCellByPosition(0, cursor.RangeAddress.EndRow + 1).CellAddress, area)
End Sub

Sub Removed(sheet, test)
  Dim row
  row = RowOf(sheet, test)
  sheet.getCellRangeByPosition(0, row, 60, row).clearContents(1023)
End Sub

Sub Main()
  Dim document, sheet
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  Dim asExcel(0) As New com.sun.star.beans.PropertyValue
  On Error GoTo Wrong
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  asExcel(0).Name = "FilterName"
  asExcel(0).Value = "Calc MS Excel 2007 XML"
  document = StarDesktop.loadComponentFromURL(ConvertToUrl("{source}"), "_blank", 0, hidden())
  sheet = document.Sheets.getByName("Results")
  {steps}
  document.storeToURL(ConvertToUrl("{target}"), asExcel())
  document.close(True)
  Exit Sub
Wrong:
  Open "{target}.error" For Output As #1
  Print #1, Error$ &amp; " in line " &amp; Erl
  Close #1
  document.close(True)
End Sub
"""


def reviewed_in_libreoffice(source: Path, target: Path, steps: list[str]) -> None:
    """Open the workbook, do these steps on the sheet Results, save it under another name.

    steps: lines of Basic that call the subs above with ``sheet``, or use ``document``; ``&&`` joins texts.
    """
    profile = target.parent / "libreoffice-profile"
    standard = profile / "user" / "basic" / "Standard"
    if not standard.is_dir():  # the first start makes the profile, and would write over a library that is there
        _office(profile, "--terminate_after_init")
    (standard / "script.xlb").write_text(_LIBRARY, encoding="utf-8")
    basic = _BASIC.format(source=source, target=target, steps="\n  ".join(steps))
    (standard / "Reviewer.xba").write_text(_MODULE.format(basic=basic.replace("&&", "&amp;")), encoding="utf-8")
    _office(profile, "macro:///Standard.Reviewer.Main")
    wrong = target.with_name(f"{target.name}.error")
    assert target.is_file(), wrong.read_text() if wrong.is_file() else "LibreOffice saved nothing"


def _office(profile: Path, *arguments: str) -> None:
    command = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--norestore", *arguments]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        try:
            assert run.wait(timeout=500) == 0
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)  # soffice is a script; what it started would go on
            raise
