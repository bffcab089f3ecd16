"""Writes what pages of docs/ repeat of the code: ``python -m tests.tools.reference``."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "analysis")]

import click  # noqa: E402 -- the path is set above

from hybridize.reasons import Reason  # noqa: E402
from hybridize_bot.cli import PROGRAM, cli  # noqa: E402

DOCS = ROOT / "docs"


def pages() -> dict[str, str]:
    """The pages by name, with what belongs between their marks."""
    return {
        "command-line.md": _between("command-line.md", "commands", commands()),
        "soundness.md": _between("soundness.md", "reasons", reasons()),
    }


def commands() -> str:
    """A section for each command: what it does, its usage, its options."""
    return "\n".join(_section(name, command) for name, command in sorted(cli.commands.items()))


def reasons() -> str:
    """Why something may be undetermined."""
    rows = [f"| `{reason.value}` | {reason.text} |" for reason in Reason]
    return "\n".join(["| reason | means that |", "| --- | --- |", *rows]) + "\n"


def _between(name: str, mark: str, made: str) -> str:
    text = (DOCS / name).read_text(encoding="utf-8")
    begin, end = f"<!-- begin {mark} -->\n", f"<!-- end {mark} -->\n"
    return text[: text.index(begin) + len(begin)] + made + text[text.index(end) :]


def _section(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=f"{PROGRAM} {name}")
    usage = " ".join(command.collect_usage_pieces(context))
    rows = [_row(option) for option in command.params if isinstance(option, click.Option) and not option.hidden]
    return "\n".join((
        f"### {name}\n",
        f"```text\n{PROGRAM} {name} {usage}\n```\n",
        inspect.cleandoc(command.help or "") + "\n",
        "| option | what it does |",
        "| --- | --- |",
        *rows,
        "",
    ))  # fmt: skip


def _row(option: click.Option) -> str:
    names = sorted([*option.opts, *option.secondary_opts], key=len)
    takes = "" if option.is_flag or option.count else f" {_value(option)}"
    shown = ", ".join(f"`{name}{takes if name == names[-1] else ''}`" for name in names)
    text = (option.help or "").replace("|", "\\|")
    choices = ""
    if isinstance(option.type, click.Choice):
        marked = [
            f"**`{one}`**" if option.show_default and one == option.default else f"`{one}`"
            for one in option.type.choices
        ]
        choices = f" One of {', '.join(marked)}."
    elif option.show_default and not option.is_flag:
        choices = f" Default: {option.default}."
    return f"| {shown} | {text if text.endswith('.') else text + '.'}{choices} |"


def _value(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return (option.name or "").upper().replace("FORM", "FORMAT").replace("_", "-")
    return "FILE" if isinstance(option.type, click.Path) else option.type.name.upper()


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
