# SPDX-License-Identifier: Apache-2.0
"""One fetch, from asking what is here already to the set in use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bulkhead.elaborate.fetched import fetched_folder
from bulkhead.fetch import recipes, store
from bulkhead.fetch.apt import PrivateApt
from bulkhead.fetch.recipes import Say


@dataclass(frozen=True, slots=True)
class Fetched:
    """What there is now; `new` says that it was not there before."""

    files: tuple[Path, ...]
    packages: str
    new: bool


def fetch(what: str, *, kernel: str | None = None, again: bool = False, say: Say) -> Fetched:
    """Have `what`, "linux" or "u-boot", in the cache. Raises FetchFailed and ToolMissing.

    Killed anywhere, it leaves the old set in use. A set made by an older recipe, of another kernel
    or with a damaged file is made anew.
    """
    digest = recipes.recipe_digest()
    recipe = f"{digest} {kernel or recipes.KERNEL}" if what == "linux" else digest
    with store.working_folder(what) as work:
        manifest = store.manifest_of(what)
        made_by = manifest["recipe"] if manifest else ""
        is_old = made_by != recipe if kernel else made_by.partition(" ")[0] != digest
        if again or is_old:
            say(f"looking for packages of {recipes.ARCHITECTURE} in this machine's Debian archive ...")
            apt = PrivateApt(work / "apt", recipes.ARCHITECTURE)
            apt.update()
            if what == "linux":
                packages, files = recipes.make_linux(apt, say, kernel or recipes.KERNEL)
            else:
                packages, files = recipes.make_u_boot(apt, say)
            store.keep(what, recipe, packages, files, work)
            manifest = store.manifest_of(what)
    assert manifest is not None
    folder = fetched_folder(what)
    return Fetched(
        tuple(folder / name for name in manifest["files"]),
        recipes.packages_text(manifest["packages"]),
        again or is_old,
    )
