"""What WeasyPrint 70 leaves to do for PDF/A-3a and PDF/UA-1 together, and the files that travel inside the PDF.

WeasyPrint writes PDF/A-3a, tagged, but identifies a document as one standard only, and lists attachments twice under
/AF; so the attachments are added here. No validator was at hand: the document identifies as both, and the tests check
tags, language, titles, alternative texts and attachments one by one.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part>\
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""
"""PDF/A wants every property outside its own list explained in the metadata itself (ISO 19005-3, 6.6.2.3)."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF."""

    name: str
    content: bytes
    media_type: str
    relationship: str
    """To the document, in PDF's words: Source, Data, Supplement."""
    about: str


def finish(pdf: bytes, attachments: tuple[Attachment, ...], moment: str) -> bytes:
    """Identify the PDF as PDF/UA-1 as well, and put the files in.

    moment: the run's start as PDF writes dates (``D:20261123101500Z``), the date of every file. The same input gives
    the same bytes.
    """
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        _identify(document)
        _scope_headings(document)
        for one in sorted(attachments, key=lambda one: one.name):
            _attach(document, one, moment)
        out = io.BytesIO()
        document.save(
            out,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
        )
    return out.getvalue()


def _identify(document: Any) -> None:
    metadata = document.Root.Metadata
    xmp = metadata.read_bytes()
    head, mark, rest = xmp.rpartition(b"</rdf:RDF>")
    metadata.write(head + _UA + mark + rest)


def _scope_headings(document: Any) -> None:
    """Say of every heading cell that it is about its column (ISO 14289-1, 7.5): WeasyPrint tags it and stops there."""
    import pikepdf

    scope = document.make_indirect(pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Column))
    todo = [document.Root.StructTreeRoot] if "/StructTreeRoot" in document.Root else []
    while todo:
        element = todo.pop()
        if element.get("/S") == "/TH" and "/Scope" not in element.get("/A", {}):
            element.A = scope
        below = element.get("/K", ())
        below = below if isinstance(below, pikepdf.Array) else (below,)
        todo.extend(one for one in below if isinstance(one, pikepdf.Dictionary))


def _attach(document: Any, one: Attachment, moment: str) -> None:
    import pikepdf

    spec = pikepdf.AttachedFileSpec(
        document,
        one.content,
        filename=one.name,
        description=one.about,
        mime_type=one.media_type,
        creation_date=moment,
        mod_date=moment,
    )
    spec.relationship = pikepdf.Name("/" + one.relationship)
    document.attachments[one.name] = spec  # which lists it under /AF as well


def checksums(files: Mapping[str, bytes]) -> str:
    """SHA-256 of each file as ``sha256sum`` writes it."""
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
