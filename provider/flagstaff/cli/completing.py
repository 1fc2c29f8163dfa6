"""Completion of command lines: what could stand where the cursor is.

Quick and quiet: blocks are found by their first lines, and whatever goes wrong, nothing is suggested. Click's own
completion asks here; its scripts are ours, since our options take one dash and `-name=value`.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class

from flagstaff.cli.arguments import Group, is_option, options_of

VARIABLE: Final = "_FLAGSTAFF_COMPLETE"
FILES: Final = CompletionItem("", type="file")  # the shell's own completion of files

_FILES: Final = frozenset({"FILE", "DIR", "PLAN"})
# By what a value is called: the kinds of blocks whose addresses, or whose names, it can be.
_ADDRESSES: Final[Mapping[str, tuple[str, ...]]] = {"TOGGLE": ("toggle",), "ADDRESS": ("toggle", "rollout", "monitor")}
_NAMES: Final[Mapping[str, str]] = {"ROLE": "role"}
_NAMED: Final = frozenset({"product", "rollout"})  # a NAME under an option or a command of that name
_BLOCK: Final = re.compile(r'^[ \t]*(toggle|rollout|monitor|product|role)[ \t]+"?([^\W\d][\w-]*)', re.MULTILINE)


def suggestions(cli: click.Command, arguments: Sequence[str], incomplete: str) -> list[CompletionItem]:
    """What begins with `incomplete`, behind these arguments of the command."""
    command, rest = _command(cli, list(arguments))
    if command is None:
        return []
    found: Iterable[CompletionItem]
    pending = options_of(command).get(rest[-1].lstrip("-")) if rest and is_option(rest[-1]) else None
    name, equals, value = incomplete.partition("=")
    if pending is not None and not pending.is_flag:
        found = _values(pending, pending.name or "", incomplete)
    elif is_option(incomplete) and equals:
        option = options_of(command).get(name.lstrip("-"))
        inner = [] if option is None else _values(option, option.name or "", value)
        found = [item if item is FILES else CompletionItem(f"{name}={item.value}", help=item.help) for item in inner]
    elif incomplete.startswith("-"):
        found = _options(command, "--" if incomplete.startswith("--") else "-")
    elif isinstance(command, Group):
        found = (CompletionItem(name, help=text) for name, (_, text) in command.commands_at.items())
    else:
        found = _argument(command, rest, incomplete)
    return [item for item in found if item is FILES or str(item.value).startswith(incomplete)]


def _command(command: click.Command, words: list[str]) -> tuple[click.Command | None, list[str]]:
    """The command that the words name, and the words behind its name; `-chdir` is obeyed."""
    context = click.Context(command)
    while isinstance(command, Group):
        options = options_of(command)
        while words and is_option(words[0]):
            name, equals, value = words.pop(0).lstrip("-").partition("=")
            option = options.get(name)
            if option is not None and not option.is_flag and not equals:
                if not words:
                    return command, [f"-{name}"]
                value = words.pop(0)
            if name == "chdir":
                os.chdir(value)
        if not words:
            return command, []
        found = command.get_command(context, words.pop(0))
        if found is None:
            return None, []
        command = found
    return command, words


def _options(command: click.Command, dashes: str) -> Iterator[CompletionItem]:
    for name, option in options_of(command).items():
        if not option.hidden:
            yield CompletionItem(f"{dashes}{name}{'' if option.is_flag else '='}", help=option.help)


def _argument(command: click.Command, words: Sequence[str], incomplete: str) -> Iterable[CompletionItem]:
    """Of the arguments, the one whose turn it is."""
    options, given = options_of(command), 0
    skip = False
    for word in words:
        option = options.get(word.lstrip("-")) if is_option(word) else None
        given += not (is_option(word) or skip)
        skip = option is not None and not option.is_flag
    arguments = [item for item in command.params if isinstance(item, click.Argument)]
    if given >= len(arguments) and not (arguments and arguments[-1].nargs == -1):
        return []
    return _values(arguments[min(given, len(arguments) - 1)], command.name or "", incomplete)


def _values(parameter: click.Parameter, name: str, incomplete: str) -> list[CompletionItem]:
    context = click.Context(click.Command(name))
    metavar = re.sub(r"[\[\]. ]", "", parameter.make_metavar(context))
    if words := parameter.shell_complete(context, incomplete):
        return words
    if _FILES & set(metavar.split("|")):
        return [FILES]
    kind, equals, _ = metavar.partition("=")
    if kind in _ADDRESSES:
        return [CompletionItem(f"{kind}.{name}{equals}") for kind, name in _blocks(_ADDRESSES[kind])]
    named = _NAMES.get(metavar, name if metavar == "NAME" and name in _NAMED else "")
    return [CompletionItem(name) for _, name in _blocks((named,))]


def _blocks(kinds: Sequence[str]) -> list[tuple[str, str]]:
    """The blocks of these kinds in this directory's files, sorted."""
    found = set()
    for path in Path().glob("*.hcl"):
        text = path.read_text(encoding="utf-8", errors="replace")
        found |= {match.group(1, 2) for match in _BLOCK.finditer(text) if match[1] in kinds}
    return sorted((kind, name) for kind, name in found)


class _Shell(ShellComplete):
    """The words come in COMP_WORDS, one a line; suggestions go out one a line, `file` for the shell's own."""

    def get_completion_args(self) -> tuple[list[str], str]:
        words, place = os.environ.get("COMP_WORDS", "").split("\n"), int(os.environ.get("COMP_CWORD", "0"))
        return words[1:place], words[place].strip("\"'") if place < len(words) else ""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        with contextlib.suppress(Exception):
            return suggestions(self.cli, args, incomplete)
        return []

    def format_completion(self, item: CompletionItem) -> str:
        return "file" if item is FILES else str(item.value)


class Bash(_Shell):
    """Readline takes `=` for a word of its own."""

    name = "bash"
    source_template = """\
_flagstaff_completion() {
    local IFS=$'\\n' line found
    COMPREPLY=()
    found=$(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
    for line in $found; do
        case $line in
            file) ;;
            *=) compopt -o nospace 2>/dev/null; COMPREPLY+=("$line") ;;
            *) COMPREPLY+=("$line") ;;
        esac
    done
}
complete -o bashdefault -o default -F _flagstaff_completion %(prog_name)s
"""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        joined: list[str] = []
        for word in (*args, incomplete):
            if joined and (word == "=" or joined[-1].endswith("=")) and is_option(joined[-1]):
                joined[-1] += word
            else:
                joined.append(word)
        *before, last = joined
        found = super().get_completions(before, last)
        if last == incomplete:
            return found
        start = len(last) if incomplete == "=" else len(last) - len(incomplete)
        return [item if item is FILES else CompletionItem(str(item.value)[start:]) for item in found]


class Zsh(_Shell):
    name = "zsh"
    source_template = """\
#compdef %(prog_name)s
_flagstaff_completion() {
    local line found
    local -a plain assigned
    found=$(COMP_WORDS="${(pj:\\n:)words[1,CURRENT]}" COMP_CWORD=$((CURRENT - 1)) \\
        %(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)
    for line in "${(@f)found}"; do
        case $line in
            file) compset -P '-*='; _files ;;
            *=) assigned+=("$line") ;;
            ?*) plain+=("$line") ;;
        esac
    done
    (( $#assigned )) && compadd -S '' -a assigned
    (( $#plain )) && compadd -a plain
}
compdef _flagstaff_completion %(prog_name)s
"""


class Fish(_Shell):
    """With a line of help beside each suggestion."""

    name = "fish"
    source_template = """\
function _flagstaff_completion
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l all (string join \\n -- $words "$current" | string collect)
    set -l found (env COMP_WORDS=$all COMP_CWORD=(count $words) \\
        %(complete_var)s=fish_complete %(prog_name)s 2>/dev/null)
    for line in $found
        if test "$line" = file
            set -l option (string match -r -- '^-+[^=]*=' "$current")
            for path in (__fish_complete_path (string replace -- "$option" '' "$current"))
                echo "$option$path"
            end
        else
            echo $line
        end
    end
end
complete -c %(prog_name)s -f -a '(_flagstaff_completion)'
"""

    def format_completion(self, item: CompletionItem) -> str:
        line = super().format_completion(item)
        return line if item is FILES or not item.help else f"{line}\t{item.help}"


SHELLS: Final[Mapping[str, type[_Shell]]] = {shell.name: shell for shell in (Bash, Zsh, Fish)}


def register() -> None:
    """Let click answer the scripts through us."""
    for shell in SHELLS.values():
        add_completion_class(shell)


def script(shell: str, cli: click.Command) -> str:
    return SHELLS[shell](cli, {}, "flagstaff", VARIABLE).source()
