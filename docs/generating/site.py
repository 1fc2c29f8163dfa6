"""What MkDocs is told about the site: pages from outside docs/, and links as GitHub reads them.

A link is resolved from the file in which it stands; where that leads to another place in the site, it is written anew.
A page that the site would read otherwise than GitHub does is a warning, which `strict` makes an error.
"""

from __future__ import annotations

import logging
import posixpath
import re
from collections import Counter
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).resolve().parents[2]
# Pages of the repository's root, by where they are in the site.
PAGES: Final = {
    "start/two-minutes.md": "README.md",
    "project/changelog.md": "CHANGELOG.md",
    "project/contributing.md": "CONTRIBUTING.md",
    "project/security.md": "SECURITY.md",
}
# Files that become pages where a page links to them, with the names of their languages.
SHOWN: Final = {".feature": "gherkin", ".hcl": "terraform", ".rego": "text", ".yaml": "yaml", ".yml": "yaml"}
LINK: Final = re.compile(r"(?<=\]\()(?![a-z]+:|#)(?P<path>[^)\s#]+)")
EMPTY: Final = re.compile(r"<th([^>]*)></th>")
SHAPES: Final = re.compile(r"<(h[1-6]|ul|ol|li|table|tr|blockquote|pre)\b")

log = logging.getLogger("mkdocs.plugins.site")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages of the repository's root, and those of the files that are linked to."""
    for page, path in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / path)))
    for path in sorted({path for file in files.documentation_pages() for path in _linked(file)}):
        language = SHOWN.get(posixpath.splitext(path)[1])
        if language is not None and (ROOT / path).is_file():
            text = (ROOT / path).read_text(encoding="utf-8")
            content = f"# {posixpath.basename(path)}\n\n```{language}\n{text}```\n"
            files.append(File.generated(config, _uri(path), content=content, inclusion=InclusionLevel.NOT_IN_NAV))
    return files


def on_page_markdown(markdown: str, page: Page, files: Files, **_: object) -> str:
    """Writes the links anew that lead to pages from outside docs/, or stand in one."""
    start = posixpath.dirname(page.file.src_uri) or "."

    def anew(match: re.Match[str]) -> str:
        uri = _uri(_target(page.file, match["path"]))
        return posixpath.relpath(uri, start) if files.get_file_from_path(uri) else match["path"]

    return LINK.sub(anew, markdown)


def on_page_content(html: str, page: Page, **_: object) -> str:
    """Compares lists, tables, headings and blocks with those that GitHub's rules find. Empty heads are none."""
    wanted = Counter(SHAPES.findall(MarkdownIt("gfm-like", {"linkify": False}).render(page.markdown or "")))
    found = Counter(SHAPES.findall(html))
    if wanted != found:
        log.warning("%s is not read as on GitHub: %s there, %s here", page.file.src_uri, wanted - found, found - wanted)
    return EMPTY.sub(r"<td\1></td>", html)


def _linked(file: File) -> set[str]:
    return {_target(file, match["path"]) for match in LINK.finditer(file.content_string)}


def _target(file: File, link: str) -> str:
    """The path in the repository to which a link of this page leads."""
    here = PAGES.get(file.src_uri, f"docs/{file.src_uri}")
    return posixpath.normpath(posixpath.join(posixpath.dirname(here), link))


def _uri(path: str) -> str:
    """Where a file of the repository is in the site, if it is there."""
    for page, root in PAGES.items():
        if path == root:
            return page
    inside = path.removeprefix("docs/")
    return f"{inside}.md" if posixpath.splitext(path)[1] in SHOWN else inside
