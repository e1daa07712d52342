# SPDX-License-Identifier: Apache-2.0
"""The `bulkhead` command: one table of commands, each imported only when it is called."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from pathlib import Path

import click

from bulkhead import __version__

# name -> one-line help. The module is bulkhead.cli.<name with "_">, its click command `command`.
COMMANDS: dict[str, str] = {
    "list": "Boards, systems, guests and targets there are.",
    "defconfig": "Start a configuration: BOARD/SYSTEM or PATH, and fragments.",
    "new-system": "Make a system's folder of your own that builds.",
    "new-guest": "Make a guest of your own under the guests' kernel, with a suite.",
    "import-board": "Make a board of a vendor's devicetree, and say what is left to decide.",
    "menuconfig": "Edit the configuration in the terminal.",
    "guiconfig": "Edit the configuration in a window.",
    "config": "Read or set symbols, or merge fragments: config get|set|merge.",
    "why": "Why a symbol has its value: who set it, what it needs, who reads it.",
    "diffconfig": "What differs between two configurations or two plans, in words.",
    "savedefconfig": "Write the minimal defconfig of the configuration.",
    "check": "Prove the configuration consistent; nothing is built.",
    "map": "Who owns which memory, device and interrupt.",
    "schedule": "Who runs when on each CPU, what is left, and which deadlines hold.",
    "fetch": "Get from Debian: linux and u-boot as guests, a newer qemu.",
    "build": "Build bulkhead.elf, bulkhead.img, plan.json and the guests.",
    "prove": "What each partition can reach, read back from the finished image.",
    "run": "Build, and boot the image on a target, console in this terminal.",
    "fit": "Write the image as a FIT for U-Boot, signed if a key is given.",
    "flash": "Put the image on a board through its boot loader.",
    "trace": "What the hypervisor did: run the system, read its trace, draw it.",
    "console": "Attach to a running target's console, or show one partition of it.",
    "hil": "Run Robot Framework suites on a target.",
    "report": "One HTML page about the last run of the suites.",
    "history": "Pass rates, flakes, durations and counts over all runs.",
    "lab": "Boards shared by a team: lab init|status|health|reserve|release|console.",
    "ci": "Write a pipeline for continuous integration: ci init github|gitlab.",
    "test": "Run every test there is.",
    "bench": "Instruction counts of the hypervisor's paths beside the reference.",
    "sim": "Simulate hardware: the interrupt controller's RTL.",
    "demo": "Configure, build and boot a system; watch the attacks being contained.",
    "decode": "Explain a crash record.",
    "explain": "The manual entry of a diagnostic code.",
    "doctor": "Which tools are here, which are missing, and what to do.",
    "clean": "Delete what was built; the configuration stays.",
}


@dataclass(slots=True)
class Context:
    """What every command gets: where the checkout is and which build folder is meant."""

    root: Path
    build_dir: Path

    def call(self, words: str) -> str:
        """A command line for the user to type."""
        from bulkhead.diag.paths import to_type

        return to_type(self.build_dir, words)


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"bulkhead.cli.{cmd_name.replace('-', '_')}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


def find_root() -> Path:
    """The checkout: where `Kconfig` and `hv-arm64/` stand beside this package's `sdk/`."""
    return Path(__file__).resolve().parents[3]


def _named_folder(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    """The empty path would be the working folder: a variable that was not set, most likely."""
    if value == "":
        raise click.BadParameter("the name of the build folder is empty")
    return None if value is None else Path(value)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.option(
    "-d",
    "--build-dir",
    type=click.Path(file_okay=False),
    callback=_named_folder,
    default=None,
    help="The build folder (default: build/ in the checkout).",
)
@click.version_option(__version__, message="bulkhead %(version)s")
@click.pass_context
def cli(ctx: click.Context, build_dir: Path | None) -> None:
    """Bulkhead: partition a board between guests that cannot harm each other."""
    root = find_root()
    chosen = build_dir or Path(os.environ.get("BULKHEAD_BUILD_DIR") or root / "build")
    ctx.obj = Context(root=root, build_dir=chosen.absolute())
