"""What README.md and docs/ point at is there."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r'\]\(\s*<?([^)\s>]+)|(?:src|href|srcset)="([^"]+)"')


def targets(page: Path) -> Iterator[str]:
    """Relative links and pictures outside code, without what stands behind # or ?."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.S)
    for found in LINK.finditer(text):
        target = re.split(r"[#?]", found[1] or found[2])[0]
        if target and not re.match(r"[a-z][a-z0-9+.-]*:", target):
            yield unquote(target)


@pytest.mark.parametrize("name", [str(page.relative_to(ROOT)) for page in PAGES])
def test_every_relative_link_and_picture_exists(name: str) -> None:
    page = ROOT / name
    missing = [target for target in targets(page) if not (page.parent / target).exists()]
    assert missing == []


def test_links_and_pictures_of_every_spelling_are_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        '[a](b.md#part) ![c](pictures/d.png "title") [![e](f.svg)](g/) <img alt="" src="h%20i.png">\n'
        "[out](https://example.org/x) [here](#there) `[not](this.md)`\n```\n[nor](that.md)\n```\n"
    )
    assert list(targets(page)) == ["b.md", "pictures/d.png", "f.svg", "g/", "h i.png"]
