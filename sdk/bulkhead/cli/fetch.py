# SPDX-License-Identifier: Apache-2.0
"""`bulkhead fetch`"""

from __future__ import annotations

import click

from bulkhead.cli.main import Context


@click.command(short_help="Get from Debian: linux and u-boot as guests, a newer qemu.")
@click.argument("what", type=click.Choice(["linux", "u-boot", "qemu"]))
@click.option("--again", is_flag=True, help="Look for newer packages though it is here already.")
@click.option("--kernel", metavar="PACKAGE", help="linux: another kernel package, such as linux-image-arm64.")
@click.pass_obj
def command(ctx: Context, what: str, again: bool, kernel: str | None) -> None:
    """Get from Debian: linux and u-boot as guests, a newer qemu.

    The packages come by apt from the archive that this machine uses, with lists and a cache of their
    own: what is installed here does not change. The files go to Bulkhead's cache folder; a
    configuration names them fetched:linux/Image, fetched:linux/initrd and fetched:u-boot/u-boot.bin.
    qemu is that of Debian 13, used for boards that the installed one is too old for.
    """
    from bulkhead.diag import UserError
    from bulkhead.fetch.fetch import fetch

    if kernel and what != "linux":
        raise UserError(f"--kernel has no meaning for {what}")
    if what == "qemu":
        from bulkhead.fetch.emulator import fetch_qemu

        program, package, new = fetch_qemu(lambda text: click.echo(text, err=True), again)
        click.echo(f"qemu: {package}{'' if new else ' (here already)'}  {program}")
        return
    result = fetch(what, kernel=kernel, again=again, say=lambda text: click.echo(text, err=True))
    for file in result.files:
        click.echo(f"fetched:{what}/{file.name}  {file.stat().st_size / 1024:.1f} KiB  {file}")
    click.echo(f"{what}: {result.packages}{'' if result.new else ' (here already)'}")
