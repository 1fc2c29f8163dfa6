"""The words of HCL: the patterns that the mask and the messages share.

Nothing here knows about nesting; `mask` does.
"""

from __future__ import annotations

import re

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)

# One token outside of literal text. A name that holds anything but ASCII is `wide` and is checked by hand.
TOKEN = re.compile(
    r"""
    (?P<blank>[ \t]+|\r(?=\n))
  | (?P<newline>\n)
  | (?P<name>[A-Za-z_][A-Za-z0-9_-]*+(?![^\x00-\x7f]))
  | (?P<quote>")
  | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
  | (?P<comment>\#[^\n]*|//[^\n]*)
  | (?P<long_comment>/\*)
  | (?P<splat>\[[ \t]*\*[ \t]*\])
  | (?P<open>[({\[])
  | (?P<close>[)}\]])
  | (?P<heredoc><<-?)
  | (?P<prefix>-|!(?!=))
  | (?P<operator>&&|\|\||==|!=|<=|>=|=>|\.\.\.|[+*/%<>?:.,=])
  | (?P<strip>~(?=\}))
  | (?P<wide>[A-Za-z_\x80-\U0010ffff])
""",
    re.VERBOSE,
)

# Literal text up to a quote, the end of the line, an interpolation or a directive.
QUOTED_TEXT = re.compile(r'(?:[^"\\\n\r\0$%\ud800-\udfff]|\\[^\n\r\0\ud800-\udfff]|\$(?!\$?\{)|%(?!%?\{)|\$\$\{|%%\{)+')
HEREDOC_TEXT = re.compile(r"(?:[^\n\r\0$%\ud800-\udfff]|\r(?=\n)|\$(?!\$?\{)|%(?!%?\{)|\$\$\{|%%\{)+")
HEREDOC_MARKER = re.compile(r"(?P<marker>[A-Za-z_\x80-\U0010ffff][\w\-\x80-\U0010ffff]*)\r?\n")

# `for` behind an opening brace, so that its line ends don't count. Atomic: a comment has one end.
FOR = re.compile(r"(?>\s|\#[^\n]*\n|//[^\n]*\n|/\*.*?\*/)*+for(?![\w-])", re.DOTALL)

# A line that can only start a block where it stands in the first column: `toggle "vitals" {`.
HEADER = re.compile(r'(?!(?:if|in|for)\b)[A-Za-z_][\w-]*(?:[ \t]+"[^"\n]*")*[ \t]*\{', re.ASCII)
NEXT_HEADER = re.compile(rf"^{HEADER.pattern}", re.ASCII | re.MULTILINE)
ARGUMENT = re.compile(r"[ \t]*[A-Za-z_][\w-]*[ \t]*=(?![=>])", re.ASCII)

CONFLICT = re.compile(r"(?:<<<<<<<|>>>>>>>|\|\|\|\|\|\|\|)(?: [^\n]*)?(?=\r?\n|$)|=======(?=\r?\n|$)", re.MULTILINE)
SINGLE_QUOTED = re.compile(r"'(?:[^'\\\n]|\\[^\n])*'")
CURLY_QUOTED = re.compile("[“„”‟][^“„”‟\n]*[”“]|[‘’‚‛][^‘’‚‛\n]*[’‘]")


def name_end(text: str, start: int) -> int:
    """Where the name ends that starts at `start`; `start` itself where there is none."""
    end = start
    while end < len(text):
        character = text[end]
        if not (("a" + character).isidentifier() if end > start else character.isidentifier()) and (
            character != "-" or end == start
        ):
            break
        end += 1
    return end
