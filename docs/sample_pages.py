"""Draws the README's sample pages from report and workbook of a bundle: `make images` runs it on a fresh demo.

    python docs/sample_pages.py BUNDLE

Needs pdftoppm and LibreOffice (Debian, Ubuntu: apt-get install poppler-utils libreoffice-calc).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import openpyxl
from PIL import Image, ImageOps
from pypdf import PdfReader

IMAGES = Path(__file__).parent / "images"
WIDTH = 900
COLOURS = 200
"""Enough for print-like pages, and a palette keeps the files small."""
PAGES = {
    "report-summary.png": ("Results by control", "What to close first"),
    "report-matrix.png": ("Matrix", "Account", "Not applicable"),
    "report-exception.png": ("Nobody is subscribed to the topic.", "held", "What would close it"),
}
"""What the wanted page says; the first page that says it all is drawn."""
SHEET, SHEET_IMAGE, SHEET_WIDTH = "Results", "workbook-results.png", 1600
SHOWN = (
    *("Account", "Control", "Result", "Disposition", "Reason", "Broken link", "Conclusion", "Tested by", "Test date"),
    "Comment",
)
"""Columns of the sheet that fit into a picture; the others are hidden in it."""
ROWS = 14


def main(bundle: Path) -> None:
    """Draw every page of the table."""
    report = bundle / "report.pdf"
    texts = [" ".join(page.extract_text().split()) for page in PdfReader(report).pages]
    IMAGES.mkdir(exist_ok=True)
    for name, words in PAGES.items():
        number = next(place for place, text in enumerate(texts, 1) if all(one in text for one in words))
        size = draw(report, number, IMAGES / name)
        sys.stdout.write(f"{name}: page {number}, {size:,} bytes\n")
    size = draw_sheet(bundle / "workbook.xlsx", IMAGES / SHEET_IMAGE)
    sys.stdout.write(f"{SHEET_IMAGE}: {size:,} bytes\n")


def draw_sheet(workbook: Path, target: Path) -> int:
    """Some rows of the sheet as a PNG, the first fail among them, as LibreOffice prints them; returns its size."""
    book = openpyxl.load_workbook(workbook)
    for name in book.sheetnames:
        if name != SHEET:
            book[name].sheet_state = "hidden"
    book.active = book.sheetnames.index(SHEET)
    sheet = book[SHEET]
    for cell in sheet[1]:
        sheet.column_dimensions[cell.column_letter].hidden = cell.value not in SHOWN
    result = next(cell.column for cell in sheet[1] if cell.value == "Result")
    first = next(row for row in range(2, sheet.max_row) if "FAIL" in str(sheet.cell(row, result).value)) - ROWS // 2
    for row in range(2, first):
        sheet.row_dimensions[row].hidden = True
    sheet.oddFooter.left.text = sheet.oddFooter.right.text = None  # far below, the picture would reach down to it
    sheet.print_area = f"A1:{sheet[1][-1].column_letter}{first + ROWS}"
    with tempfile.TemporaryDirectory() as folder:
        book.save(Path(folder) / "sheet.xlsx")
        convert = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "pdf"]
        subprocess.run([*convert, "--outdir", folder, Path(folder) / "sheet.xlsx"], check=True, capture_output=True)
        return draw(Path(folder) / "sheet.pdf", 1, target, SHEET_WIDTH, cropped=True)


def draw(report: Path, number: int, target: Path, width: int = WIDTH, *, cropped: bool = False) -> int:
    """One page as a PNG; returns its size in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        place = ["-f", str(number), "-l", str(number), "-singlefile", "-scale-to-x", str(width), "-scale-to-y", "-1"]
        subprocess.run(["pdftoppm", "-png", *place, report, Path(folder) / "page"], check=True)
        with Image.open(Path(folder) / "page.png") as page:
            image = page.crop(ImageOps.invert(page.convert("L")).getbbox()) if cropped else page
            image.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    return target.stat().st_size


if __name__ == "__main__":
    main(Path(sys.argv[1]))
