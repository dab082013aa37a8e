"""Every command shows how it is used, and what it shows can be typed."""

import re
import shlex

import click
import pytest

from orgaudit.cli.main import cli

WIDTH = 80


def help_of(name: str) -> str:
    context = click.Context(
        cli.commands[name], info_name=f"orgaudit {name}", max_content_width=WIDTH, terminal_width=WIDTH
    )
    return cli.commands[name].get_help(context)


def examples(name: str) -> list[list[str]]:
    """The example command lines, as a shell would split them, without the program's name."""
    text = help_of(name).replace("\\\n", " ")
    _, _, shown = re.split(r"(Examples?:)\n", text, maxsplit=1)
    found = []
    for line in shown.split("\n\n")[0].splitlines():
        words = shlex.split(re.sub(r" \|.*| [<>] *\S+$", "", re.sub(r'eval "\$\((.*)\)"', r"\1", line)))
        while words and "=" in words[0]:
            words.pop(0)
        assert words[:2] == ["orgaudit", name], line
        found.append(words[2:])
    return found


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_examples_that_parse(name: str) -> None:
    shown = examples(name)
    assert shown
    for arguments in shown:
        cli.commands[name].make_context(name, list(arguments))


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_help_fits_a_terminal_of_80_columns(name: str) -> None:
    assert max(map(len, help_of(name).splitlines())) <= WIDTH


def test_the_list_of_commands_is_whole_and_says_what_each_does() -> None:
    text = cli.get_help(click.Context(cli, info_name="orgaudit", max_content_width=WIDTH, terminal_width=WIDTH))
    assert all(f"\n  {name} " in text for name in cli.commands)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert [name for name, command in cli.commands.items() if command.get_short_help_str(60).endswith("...")] == []
