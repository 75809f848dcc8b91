"""The report as one page that needs nothing else: words, tables, and the pictures within it."""

import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from string import Template

from annotations.agreement.report.cells import Table
from annotations.agreement.report.document import Document
from annotations.agreement.report.pictures.catalogue import Picture

TEMPLATE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))


def render_html(document: Document, pictures: Mapping[str, str]) -> str:
    """HTML5 text. pictures: name to SVG text, put into the page."""
    body = [_table(document.tables[0])]
    body += [_figure(picture, pictures[picture.name]) for picture in document.leading]
    body += [_table(table) for table in document.planned]
    body += [_figure(picture, pictures[picture.name]) for picture in document.further]
    body += [_table(table) for table in document.exploratory]
    if document.left_out:
        said = _list(f"{what}: {why}." for what, why in document.left_out)
        body.append(f"<section><h2>Left out, and why</h2>{said}</section>")
    banner = f'<p class="alarm" role="note">{escape(document.banner)}</p>' if document.banner else ""
    return TEMPLATE.substitute(
        title=escape(document.title),
        subtitle=escape(document.subtitle),
        banner=banner,
        notice=escape(document.notice),
        verdict=escape(document.verdict),
        verdicts=_list(document.verdicts),
        warnings=f"<p>To bear in mind:</p>{_list(document.warnings)}" if document.warnings else "",
        body="\n".join(body),
        methods="".join(f"<p>{escape(line)}</p>" for line in document.methods),
        limits=_list(document.limits),
        facts="".join(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in document.facts),
    )


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.header)
    rows = "".join(_row(row) for row in table.rows)
    mark = ' <small class="quiet">exploratory</small>' if table.exploratory else ""
    name = escape(table.name)
    return (
        f'<section><h2 id="{name}">{escape(table.title)}{mark}</h2>'
        f'<div class="wide" tabindex="0" role="region" aria-labelledby="{name}">'
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>"
        f'<p class="small quiet">{escape(table.note)}</p></section>'
    )


def _row(row: tuple[str, ...]) -> str:
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
    return f'<tr><th scope="row">{escape(row[0])}</th>{cells}</tr>\n'


def _figure(picture: Picture, svg: str) -> str:
    """The drawing without its XML prologue, its ids made its own, since pages need each id once."""
    drawing = svg[svg.index("<svg ") :]
    name = re.sub(r"\W", "-", picture.name)
    drawing = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", drawing)
    label = f'<svg role="img" aria-label="{escape(picture.alternative)}" '
    drawing = drawing.replace("<svg ", label, 1)
    return f"<figure>{drawing}<figcaption>{escape(picture.title)}</figcaption></figure>"
