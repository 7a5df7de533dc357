"""`speakerplug completion`: the script with which a shell completes commands, options and file names."""

from __future__ import annotations

import os
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    get_completion_class,
)

from .help import Command
from .stdout import deliver

PROGRAM = "speakerplug"
VARIABLE = "_SPEAKERPLUG_COMPLETE"
"""Set by the script: the program then prints what can be completed, and nothing else."""

# Without a result, PowerShell completes file names.
_SOURCE_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($word, $ast, $position)
    $words = $ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position -or -not $word }
    $env:COMP_WORDS = ($words | ForEach-Object { $_.Extent.Text.Trim("'", '"') }) -join "`n"
    $env:COMP_CWORD = $word
    $env:%(complete_var)s = "powershell_complete"
    try {
        & %(prog_name)s | ForEach-Object {
            $type, $value, $help = $_ -split "`t", 3
            if ($type -eq "plain") {
                [System.Management.Automation.CompletionResult]::new($value, $value, "ParameterValue", $help)
            }
        }
    } finally {
        Remove-Item Env:COMP_WORDS, Env:COMP_CWORD, Env:%(complete_var)s
    }
}
"""


class PowerShellComplete(ShellComplete):
    """Completion for PowerShell, which click does not have: words by line, results as type, value and help."""

    name = "powershell"
    source_template = _SOURCE_POWERSHELL

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one that is completed, without the program, and that one."""
        return os.environ.get("COMP_WORDS", "").split("\n")[1:], os.environ.get("COMP_CWORD", "")

    def format_completion(self, item: CompletionItem) -> str:
        """Return one result in a line; PowerShell refuses an empty help."""
        help = " ".join((item.help or str(item.value)).split())
        return f"{item.type}\t{item.value}\t{help}"


class _WithFiles(ShellComplete):
    """Completes file names where click knows nothing better: our inputs and folders are plain texts to it."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Return what can be completed; a file where there is nothing else, and no option is meant."""
        found: list[CompletionItem] = super().get_completions(args, incomplete)
        return found or ([] if incomplete.startswith("-") else [CompletionItem(incomplete, type="file")])


def register_shells() -> None:
    """Tell click about our kinds of completion, before it looks at `VARIABLE`."""
    kinds: tuple[type[ShellComplete], ...] = (BashComplete, ZshComplete, FishComplete, PowerShellComplete)
    for kind in kinds:
        add_completion_class(type(kind.__name__, (_WithFiles, kind), {}), kind.name)


@click.command(cls=Command, short_help="Print a shell completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that completes commands, options and file names in your shell.

    \b
    bash        speakerplug completion bash > ~/.local/share/bash-completion/completions/speakerplug
    zsh         speakerplug completion zsh > "${fpath[1]}/_speakerplug"
    fish        speakerplug completion fish > ~/.config/fish/completions/speakerplug.fish
    powershell  speakerplug completion powershell >> $PROFILE
    """
    register_shells()
    kind: Any = get_completion_class(shell)
    deliver(kind(context.find_root().command, {}, PROGRAM, VARIABLE).source())
