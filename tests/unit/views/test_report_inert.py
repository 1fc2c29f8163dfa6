"""What people wrote is shown as it is, and can do nothing: in Markdown, in HTML, in tables and in headings."""

import html
import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from flagstaff.views.html.page import page as report_html
from flagstaff.views.report.inert import is_link, markdown_code, markdown_start, markdown_text
from flagstaff.views.report.markdown import report_markdown
from flagstaff.views.report.model import (
    Bullets,
    Code,
    Commands,
    Link,
    Paragraph,
    Prose,
    Report,
    Section,
    Strong,
    Table,
    Text,
    Undecided,
    joined,
    line,
    words,
)

HOSTILE = [
    "ends with #",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</td></table><h1>x",
    "a | b || c \\| d",
    "`code` ``` more",
    "@example-org/everybody and #12, GH-1",
    "[click](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "http://evil.example and www.evil.example",
    "\x1b[31mred\x07 \x9b2J",
    "\u202etxt.exe\u2066 \u200fmark",
    "# heading\n- item\n1. one\n---\n> quote",
    "*bold* _under_ ~~gone~~ $x$ &lt;b&gt; &amp;",
    '" onclick="alert(1)',
    "--> <!-- -->",
    "ends with !",
]


def report(text):
    """The text wherever a text can stand."""
    everywhere = (Text(text), Strong(text), Code(text), Link(text), Undecided(text))
    lines = tuple((piece,) for piece in everywhere)
    blocks = (
        Paragraph(joined(lines, " ")),
        Bullets(lines),
        Bullets(lines, ordered=True),
        Bullets(lines, ticks=(True,) * len(lines)),
        Table((text, "other"), tuple((cell, cell) for cell in lines)),
        Commands((text,)),
        Section(text, (Paragraph((Text(text),)),)),
    )
    return Report(text, ((text, (Text(text),)),), (Section(text, blocks),))


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def safe(tags):
    assert not {tag for tag, _ in tags} & {"script", "img", "iframe", "b", "object", "form", "input", "svg"}
    for _, attributes in tags:
        assert not [name for name in attributes if name.startswith("on")]
        assert re.match(r"(https?:|mailto:|#s\d|#main)", attributes.get("href", "#s1"))


@pytest.mark.parametrize("text", HOSTILE)
def test_html_has_the_tags_of_the_page_and_no_others(text):
    page = report_html(report(text))
    plain = Tags(report_html(report("harmless")))
    found = Tags(page)
    safe(found.found)
    assert [tag for tag, _ in found.found] == [tag for tag, _ in plain.found]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]", page)


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_means_the_same_as_with_a_harmless_text(text):
    """GitHub's dialect, with HTML and bare links on: nothing of the text becomes a tag, a link or a structure."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    made, plain = (report_markdown(report(one)) for one in (text, "harmless"))
    found = Tags(parser.render(made)).found
    safe(found)
    expected = Tags(parser.render(plain)).found
    assert [tag for tag, _ in found if tag != "code"] == [tag for tag, _ in expected if tag != "code"]
    outside = re.sub(r"(`+).*?\1|```.*?```", "", made, flags=re.DOTALL)
    assert not re.search(r"@\w|(?<!&)#\d|https?://|www\.", outside)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]", made)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_the_text_is_lost(text):
    kept = Tags(MarkdownIt("commonmark").render(markdown_start(markdown_text(text)))).text
    page = report_html(Report("t", (("n", (Text(text),)),), ()))
    assert kept.replace("\u200b", "").strip() == html.unescape(re.search("<dd>(.*?)</dd>", page)[1])


BODY = """# Top @team

Hi #12 **bold** *em* ~~gone~~ `a|b <i>` <b>raw</b> [x](javascript:alert(1)) [ok](https://e.example/a(b)) ![i](http://x/y.png)
next line\\
2. after a break

- a
- b
  - c

3. one

   more
4. two

> quote
> more

| a | b |
|---|---|
| `x\\|y` | z \\| w |

~~~
code ``` <x>
````
~~~

    indented

---

<div onclick="x()">block</div>
"""


def test_the_body_of_a_section_keeps_what_is_known_of_markdown():
    made = report_markdown(Report("T", (), (Section("S", (Prose(BODY),)),)))
    assert (
        made
        == """# T

## S

### Top @&#8203;team

Hi #&#8203;12 **bold** *em* ~~gone~~ `a|b <i>` &lt;b&gt;raw&lt;/b&gt; \\[x\\](javascript:&#8203;alert(1)) \
[ok](<https://e.example/a(b)>) \\![i](<http://x/y.png>) next line\\
2&#8203;. after a break

- a
- b
  - c

3. one

   more

4. two

> quote more

| a | b |
| --- | --- |
| `x\\|y` | z &#124; w |

`````text
code ``` <x>
````
`````

```text
indented
```

---

&lt;div onclick="x()"&gt;block&lt;/div&gt;
"""
    )


def test_the_body_of_a_section_in_html():
    page = report_html(Report("T", (), (Section("S", (Prose(BODY),)),)))
    tags = Tags(page).found
    safe(tags)
    assert ("h3", {}) in tags
    assert ("th", {"scope": "col"}) in tags
    assert ("a", {"href": "https://e.example/a(b)"}) in tags
    assert "&lt;div onclick=&quot;x()&quot;&gt;block&lt;/div&gt;" in page


def test_headings_go_no_deeper_than_six():
    deep = Section("1", (Section("2", (Section("3", (Section("4", (Section("5", (Prose("# x"),)),)),)),)),))
    assert "<h6>x</h6>" in report_html(Report("T", (), (deep,)))
    assert "\n###### x\n" in report_markdown(Report("T", (), (deep,)))


def test_the_page_loads_nothing_and_is_for_all_eyes():
    page = html.unescape(report_html(report("x")))
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    for needed in (
        "color-scheme: light dark",
        "@media print",
        'scope="row"',
        'aria-label="done"',
        'aria-label="Contents"',
    ):
        assert needed in page
    assert not re.search(r"(src|srcset|url)\s*[=(]", page)


@pytest.mark.parametrize(
    ("url", "yes"),
    [
        ("https://example.gov/run/12", True),
        ("http://example.gov", True),
        ("mailto:po@example.gov", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("https://a b", False),
        ("https://a<b", False),
        ("https://[", False),
        ("https://a\u202eb", False),
        ("see the record", False),
    ],
)
def test_what_may_become_a_link(url, yes):
    assert is_link(url) is yes
    assert ('<a href="' in report_html(Report("T", (), (Section("S", (Paragraph((Link(url),)),)),)))) is True
    assert (f"<{url}>" in report_markdown(Report("T", (), (Section("S", (Paragraph((Link(url),)),)),)))) is yes


def test_code_spans():
    assert markdown_code("a`b") == "``a`b``"
    assert markdown_code("`a") == "`` `a ``"
    assert markdown_code(" ") == "`   `"
    assert markdown_code("a|b", cell=True) == "`a\\|b`"
    assert markdown_code("a\\|b", cell=True) == "a\\\\&#124;b"


def test_lines():
    assert line("a", None, "", Strong("b")) == (Text("a"), Strong("b"))
    assert joined([line("a"), (), line("b")], "; ") == (Text("a"), Text("; "), Text("b"))
    assert words("undecided: who?") == (Undecided("who?"),)
    assert words("") == ()
    assert report_markdown(Report("T", (), (Section("S", (Paragraph((Strong(" "), Strong(" x "))),)),))).endswith(
        "\n**x**\n"
    )
