"""Draws the README's sample pages from the report of a bundle: `make images` runs it on a fresh demo.

    python docs/sample_pages.py BUNDLE

Needs pdftoppm (Debian, Ubuntu: apt-get install poppler-utils).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
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


def main(bundle: Path) -> None:
    """Draw every page of the table."""
    report = bundle / "report.pdf"
    texts = [" ".join(page.extract_text().split()) for page in PdfReader(report).pages]
    IMAGES.mkdir(exist_ok=True)
    for name, words in PAGES.items():
        number = next(place for place, text in enumerate(texts, 1) if all(one in text for one in words))
        size = draw(report, number, IMAGES / name)
        sys.stdout.write(f"{name}: page {number}, {size:,} bytes\n")


def draw(report: Path, number: int, target: Path) -> int:
    """One page as a PNG; returns its size in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        page = ["-f", str(number), "-l", str(number), "-singlefile", "-scale-to-x", str(WIDTH), "-scale-to-y", "-1"]
        subprocess.run(["pdftoppm", "-png", *page, report, Path(folder) / "page"], check=True)
        with Image.open(Path(folder) / "page.png") as image:
            image.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    return target.stat().st_size


if __name__ == "__main__":
    main(Path(sys.argv[1]))
