# SPDX-License-Identifier: Apache-2.0
"""`bulkhead flash`"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bulkhead.cli.main import Context

if TYPE_CHECKING:
    from bulkhead.flash.method import FlashJob, FlashMethod


@click.command(short_help="Put the image on a board through its boot loader.")
@click.option("--method", default="uboot-serial", show_default=True, help="How; `--method help` lists them.")
@click.option("--port", metavar="URL", help="The board's serial line: a device, socket://, rfc2217://.")
@click.option("--baud", type=click.IntRange(min=1), default=115200, show_default=True)
@click.option(
    "--timeout", type=click.FloatRange(min=1), default=60.0, show_default=True,
    help="Seconds for the boot loader to show itself, and for the image to boot.",
)  # fmt: skip
@click.option(
    "--bank", type=click.Choice(["A", "B", "auto"]),
    help="Keep it in a bank, where it has to confirm itself. auto: the one that is not booted. Without: RAM.",
)  # fmt: skip
@click.option("--confirm", is_flag=True, help="Keep the image that runs, where it cannot confirm itself.")
@click.option("--make-disk", is_flag=True, help="With --bank: make the banks' disk anew first.")
@click.option("--again", is_flag=True, help="Even if the board runs this build.")
@click.option(
    "--verify-only", is_flag=True, help="Only compare the build that runs with the one that was built."
)
@click.option("--to", type=click.Path(path_type=Path), help="What sdcard writes: a file, or a device.")
@click.option("--large", is_flag=True, help="--to may be larger than 64 GiB.")
@click.option(
    "--beside", type=click.Path(exists=True, dir_okay=False, path_type=Path), multiple=True,
    help="A file of the board's vendor that sdcard puts beside the others; may be repeated.",
)  # fmt: skip
@click.option("--no-build", is_flag=True, help="Flash what is in the build folder as it is.")
@click.option("--dry-run", is_flag=True, help="Print what would be done.")
@click.pass_obj
def command(
    ctx: Context, method: str, port: str | None, baud: int, timeout: float, bank: str | None,
    to: Path | None, large: bool, beside: tuple[Path, ...], confirm: bool, make_disk: bool, again: bool,
    verify_only: bool, no_build: bool, dry_run: bool,
) -> None:  # fmt: skip
    """Put the image on a board through its boot loader, and see it boot.

    A board that runs this build already is left alone. Exit code 4 where the board or the line
    failed; with --verify-only, 1 where the board runs another build.
    """
    from bulkhead.flash.ports import choose_port
    from bulkhead.flash.registry import METHODS

    if method == "help":
        click.echo("\n".join(f"{name:<14} {kind.what}" for name, kind in METHODS.items()))
        return
    if method not in METHODS:
        raise click.BadParameter(
            f"there is no '{method}'; there are: {', '.join(METHODS)}", param_hint="--method"
        )
    if make_disk and not bank:
        raise click.BadParameter("it makes the disk of the banks: name --bank too", param_hint="--make-disk")
    if METHODS[method].caps.needs_file and to is None:
        raise click.BadParameter("name the file or device that is written", param_hint="--to")
    if not no_build:
        from bulkhead.build import build

        sys.stderr.write(build(ctx.root, ctx.build_dir).warnings)
    kind = METHODS[method]
    job = _job(
        ctx, baud=baud, port=port or (choose_port(ctx.build_dir) if kind.caps.needs_port else ""),
        seconds=timeout, to=to, large=large, beside=beside, bank=bank or ("auto" if confirm else ""),
        make_disk=make_disk, again=again,
    )  # fmt: skip
    flasher = kind(job)
    if dry_run:
        click.echo("\n".join(flasher.steps()))
    elif confirm:
        flasher.confirm()
    elif verify_only:
        _verify(flasher)
    else:
        flasher.flash()


def _job(ctx: Context, **how: Any) -> FlashJob:
    from bulkhead.flash.method import FlashJob
    from bulkhead.flash.progress import Progress
    from bulkhead.lab.image import read_image

    return FlashJob(
        root=ctx.root, image=read_image(ctx.build_dir), out=ctx.build_dir / "flash",
        say=lambda text: click.echo(text, err=True), progress=Progress().show, **how,
    )  # fmt: skip


def _verify(flasher: FlashMethod) -> None:
    runs, wanted = flasher.running_build(), flasher.job.image.build_id
    if runs == wanted:
        click.echo(f"the board runs build {runs}")
        return
    click.echo(f"the board runs {f'build {runs}' if runs else 'no hypervisor that answers'}, not {wanted}")
    sys.exit(1)
