# SPDX-License-Identifier: Apache-2.0
"""`bulkhead check`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bulkhead.cli.main import Context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulkhead.diag import Diagnostic
    from bulkhead.model.system import SystemPlan


@click.command(short_help="Prove the configuration consistent; nothing is built.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="Text for people, a versioned JSON document, or SARIF 2.1.0 for code-review tools.",
)
@click.option(
    "--fix",
    "codes",
    metavar="CODE",
    multiple=True,
    help="Change the configuration where the findings of CODE have a safe fix; may be repeated.",
)
@click.pass_obj
def command(ctx: Context, output: str, codes: tuple[str, ...]) -> None:
    """Prove the configuration consistent; nothing is built.

    Every finding is reported in one run, each with the line it is about and what to do. What a
    guest needs is known once it is built: `build` checks again. Exit code 2 if there are errors.
    """
    from bulkhead.diag import UserError, has_errors

    if codes:
        _fix(ctx, codes)
    try:
        plan, diags = find(ctx)
    except UserError as problem:
        if output == "text" or not problem.diags:
            raise
        plan, diags = None, list(problem.diags)
    _print(diags, output)
    if output == "text" and plan is not None and not has_errors(diags):
        click.echo(praise(plan))
    sys.exit(2 if has_errors(diags) else 0)


def find(ctx: Context) -> tuple[SystemPlan, list[Diagnostic]]:
    from bulkhead.check import check
    from bulkhead.elaborate.project import open_project

    made = open_project(ctx.root, ctx.build_dir).elaborate()
    return made.plan, [*made.diags, *check(made.plan)]


def _fix(ctx: Context, codes: Sequence[str]) -> None:
    """What was done goes to stderr; the file as it was is kept beside it."""
    from bulkhead.check import check
    from bulkhead.elaborate.project import open_project
    from bulkhead.kconfig.fix import apply_fixes

    project = open_project(ctx.root, ctx.build_dir)
    made = project.elaborate()
    for sentence in apply_fixes(project.config, [*made.diags, *check(made.plan)], [c.upper() for c in codes]):
        click.echo(sentence, err=True)
    click.echo(f"the configuration as it was is in {project.config.path.name}.old", err=True)


def _print(diags: Sequence[Diagnostic], output: str) -> None:
    from bulkhead.diag import render_json
    from bulkhead.diag.errors import print_diagnostics

    if output == "json":
        click.echo(render_json(diags), nl=False)
    elif output == "sarif":
        from bulkhead.cli.explain import gather
        from bulkhead.diag.sarif import render_sarif

        click.echo(render_sarif(diags, gather()), nl=False)
    else:
        print_diagnostics(diags)


def praise(plan: SystemPlan) -> str:
    from bulkhead.model.sizes import words

    count = len(plan.partitions)
    ram = words(sum(p.ram_size for p in plan.partitions))
    cpus = sum(len(p.vcpus) for p in plan.partitions)
    return (
        f"system '{plan.system}' on {plan.board.name} is consistent: {count} partition{'s' * (count != 1)}, "
        f"{cpus} of {len(plan.board.cpus)} CPUs, {ram} of {words(sum(r.size for r in plan.board.memory))} RAM"
    )
