# SPDX-License-Identifier: Apache-2.0
"""`python -m bulkhead`: runs the command line and turns what it raises into exit codes.

0 ok, 1 tests failed, 2 the user's input is wrong, 3 a tool or build failed, 4 board or lab
failed, 5 our bug, 130 interrupted.
"""

from __future__ import annotations

import sys


def main() -> int:
    try:
        return run()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def run() -> int:
    import click

    from bulkhead.cli.main import cli

    try:
        result = cli.main(prog_name="bulkhead", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort as stop:
        raise KeyboardInterrupt from stop
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:
        from bulkhead.diag.errors import report_exception

        return report_exception(error)


if __name__ == "__main__":
    sys.exit(main())
