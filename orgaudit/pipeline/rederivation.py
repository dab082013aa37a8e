"""The results of a bundle once more, from its evidence alone, and whether they are the same."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from orgaudit import __version__
from orgaudit.errors import OrgauditError, OutputError
from orgaudit.evaluation import Assessment
from orgaudit.evidence.bundle import CONFIG, EVIDENCE, MANIFEST, PREVIOUS, digest, hashes, is_sealed, part
from orgaudit.model.calls import Json
from orgaudit.pipeline.derivation import judged, libraries, manifest_facts, view_of

_MOST_ROWS = 5_000
"""With more, workbook and PDF are made again on request only: they take most of the time."""
_FOR_PEOPLE = frozenset({"workbook.xlsx", "report.pdf"})
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Checked:
    """What speaks against a bundle, and what is to be said beside that; one line each."""

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check_results(folder: Path, manifest: Json, changed: frozenset[str], *, everything: bool = False) -> Checked:
    """Derive the results again and compare them with those that the manifest lists.

    changed: files that are not as sealed; what rests on one of them is not derived. everything: workbook and PDF too,
    however large. Other results by the same version of this tool are a problem, by another version a note.
    """
    origin = manifest.get("source")
    if isinstance(origin, dict):
        if (folder / EVIDENCE).exists():
            return Checked((f"changed: {MANIFEST} (it names a source, but the evidence is here)",))
        about = _source_differs(folder, origin)
        if about.problems or about.notes:
            return about
    if spoiled := changed & {EVIDENCE, CONFIG, PREVIOUS}:
        return Checked(notes=(f"results: not derived again, {' and '.join(sorted(spoiled))} being changed",))
    made_by, ours = str(part(manifest, "tool").get("version")), f"orgaudit {__version__}"
    same_version = made_by == __version__
    try:
        found = _compared(folder, manifest, everything=everything)
    except OutputError:
        raise
    except (OrgauditError, ValueError, KeyError, TypeError, AttributeError) as error:
        line = f"results: {ours} cannot derive them again: {error}"
        return Checked((line,)) if same_version else Checked(notes=(f"{line} (they are by {made_by})",))
    if same_version:
        return found
    differ = "; ".join(found.problems)
    said = f"gives other results: {differ}" if differ else "gives the same"
    return Checked(notes=(f"results: by orgaudit {made_by}; this version, {__version__}, {said}", *found.notes))


def _source_differs(folder: Path, origin: Json) -> Checked:
    """For results made again of another bundle: whether that lies beside and is what it was then."""
    name, sealed_as = str(origin.get("bundle")), origin.get("manifest_sha256")
    source = _beside(folder, name)
    if not (source / EVIDENCE).is_file():
        return Checked(notes=(f"results: not derived again; {name}, of which they were made, does not lie beside",))
    if sealed_as and (not is_sealed(source) or digest(source / MANIFEST) != sealed_as):
        return Checked((f"changed: {name}, of which the results were made: it has another manifest",))
    if digest(source / EVIDENCE) != origin.get("evidence_sha256"):
        if sealed_as:
            return Checked((f"changed: {name}/{EVIDENCE}, of which the results were made",))
        return Checked(notes=(f"results: not derived again; the run {name}, unfinished then, has gone on since",))
    if not (folder / CONFIG).is_file() or digest(folder / CONFIG) != digest(source / CONFIG):
        return Checked((f"changed: {CONFIG} (it is not that of {name})",))
    return Checked()


def _beside(folder: Path, name: str) -> Path:
    return folder.resolve().parent / Path(name).name


def _compared(folder: Path, manifest: Json, *, everything: bool) -> Checked:
    origin = manifest.get("source")
    source = _beside(folder, str(origin.get("bundle"))) if isinstance(origin, dict) else folder
    finished = not isinstance(origin, dict) or bool(origin.get("manifest_sha256"))
    assessment = judged(source, str(part(manifest, "run").get("benchmark")), finished=finished)
    with TemporaryDirectory(prefix="orgaudit-") as name:
        made = Path(name)
        whole = everything or len(assessment.rows) <= _MOST_ROWS
        _render(made, folder, assessment, whole=whole)
        problems = list(_other_facts(manifest, assessment, (folder / CONFIG).read_bytes()))
        notes: list[str] = [] if finished else ["unfinished: the run that these results are of had not ended"]
        for path in sorted(made.iterdir()):
            differs = list(_other_file(folder, manifest, path))
            (notes if path.name in _FOR_PEOPLE and _made_otherwise(manifest, assessment) else problems).extend(differs)
        same = sorted(path.name for path in made.iterdir() if digest(path) == hashes(manifest).get(path.name))
    if same:
        notes.insert(0, f"results: derived again from the evidence, byte for byte as sealed: {', '.join(same)}")
    if not whole:
        skipped = " and ".join(sorted(_FOR_PEOPLE))
        notes.append(f"{skipped}: not made again ({len(assessment.rows):,} results; --all takes the time)")
    return Checked(tuple(problems), tuple(notes))


def _render(made: Path, bundle: Path, assessment: Assessment, *, whole: bool) -> None:
    from orgaudit.report.render import render_data, render_into

    view, document = view_of(assessment, bundle), assessment.document()
    if whole:
        render_into(made, view, document)
    else:
        render_data(made, view, document)


def _other_facts(manifest: Json, assessment: Assessment, config: bytes) -> Iterator[str]:
    """What the manifest says of the run and the evidence does not."""
    expected = manifest_facts(assessment, config)
    run = part(manifest, "run")
    for key, value in expected["run"].items():
        if run.get(key) != value:
            yield f"changed: {MANIFEST} (run.{key} is {run.get(key)}, by the evidence {value})"
    if "source" not in manifest:
        yield from _other_settings(run, assessment)
    for key in ("catalog", "configuration_sha256"):
        if manifest.get(key) != expected[key]:
            yield f"changed: {MANIFEST} ({key} is not that of these results)"


def _other_settings(run: Json, assessment: Assessment) -> Iterator[str]:
    """A run is judged by its own settings' benchmark, and sealed once all was asked."""
    if run.get("benchmark") != (asked := assessment.frames.config.audit.benchmark):
        yield f"changed: {MANIFEST} (run.benchmark is {run.get('benchmark')}, by {CONFIG} {asked})"
    if not assessment.frames.run.finished:
        yield f"unfinished: by the evidence the run had not ended, and yet there is a {MANIFEST}"


def _other_file(folder: Path, manifest: Json, made: Path) -> Iterator[str]:
    """Whether a file of the bundle has another content than the one just made."""
    listed = hashes(manifest).get(made.name)
    if listed is None and made.name not in _FOR_PEOPLE:
        yield f"missing: {made.name} (the manifest does not list it)"
    elif listed is not None and listed != digest(made):
        rows = _other_rows(folder / made.name, made) if made.name == "results.json" else ""
        yield f"results: {made.name} does not follow from the evidence{rows}"


def _other_rows(theirs: Path, made: Path) -> str:
    """Which rows differ, the first few by name."""
    try:
        kept, derived = (_rows(json.loads(path.read_bytes())) for path in (theirs, made))
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    names = [name for name in sorted(kept.keys() | derived.keys()) if kept.get(name) != derived.get(name)]
    told = [f"{name} {_result(kept.get(name))}, by the evidence {_result(derived.get(name))}" for name in names]
    more = [f"and {len(told) - _NAMED} more"] if len(told) > _NAMED else []
    return ": " + "; ".join([*told[:_NAMED], *more]) if told else ""


def _rows(document: Json) -> dict[str, Any]:
    return {f"{row['account_id']} {row['control']}": row for row in document["results"]}


def _result(row: Any) -> str:
    return str(row["result"]) if row else "absent"


def _made_otherwise(manifest: Json, assessment: Assessment) -> bool:
    """Whether files for people may have other bytes here: other libraries, or a logo and templates kept elsewhere."""
    report = assessment.frames.config.report
    return manifest.get("libraries") != libraries() or bool(report.logo or report.templates)
