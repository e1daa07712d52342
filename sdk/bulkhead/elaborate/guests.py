# SPDX-License-Identifier: Apache-2.0
"""Where a partition's guest comes from: a folder to build, or a file built elsewhere."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bulkhead.diag import Diagnostic, Span, UserError, error
from bulkhead.diag.paths import shown
from bulkhead.dts.preprocess import preprocess
from bulkhead.elaborate.fetched import MANIFEST, NAMES, PREFIX, fetched_folder, is_intact, split_name
from bulkhead.elaborate.payload import BadPayload, check_initrd, load_payload
from bulkhead.kconfig.system import DEFCONFIG
from bulkhead.model.system import OverlayText, Payload

SHIPPED = "rtos-guests"
SOURCE_ENDINGS = (".c", ".S")
_NO_GUESTS = ("lib", "test")


@dataclass(frozen=True, slots=True)
class Guest:
    """`name` is as configured. `folder` is built by the SDK, `file` is taken as it is; one is set.

    `stem` is what a folder's guest is called in the build folder: two folders of one name have two.
    """

    name: str
    folder: Path | None
    file: Path | None
    stem: str = ""

    @property
    def elf(self) -> str:
        """The file that a folder's sources become, in the build folder."""
        return f"guests/{self.stem}/{self.stem}.elf"


@dataclass(frozen=True, slots=True)
class GuestFiles:
    """What was read for guests, each by its configured name."""

    payloads: Mapping[str, Payload]
    initrds: Mapping[str, bytes] = field(default_factory=dict)
    overlays: Mapping[str, OverlayText] = field(default_factory=dict)


def guest_folders(root: Path, system_folder: Path | None) -> dict[str, Path]:
    """Guests that can be named: those of the system first, then the shipped ones."""
    found: dict[str, Path] = {}
    places = [system_folder / "guests"] if system_folder else []
    for place in (*places, root / SHIPPED):
        for folder in sorted(place.iterdir()) if place.is_dir() else ():
            if folder.is_dir() and folder.name not in _NO_GUESTS and not folder.name.startswith("."):
                found.setdefault(folder.name, folder)
    return found


def sources_in(folder: Path) -> tuple[Path, ...]:
    """All C and assembly files below a folder, sorted; folders that begin with a dot are left out."""
    found = (p for p in folder.rglob("*") if p.suffix in SOURCE_ENDINGS)
    return tuple(sorted(p for p in found if not any(n.startswith(".") for n in p.relative_to(folder).parts)))


def find_guest(root: Path, system_folder: Path | None, name: str) -> Guest | None:
    """None where neither a folder nor a file has that name."""
    folder = guest_folders(root, system_folder).get(name)
    if folder is not None:
        return Guest(name, folder, None, name)
    path = _file(system_folder, name)
    try:
        if name and path.is_dir():
            return Guest(name, path, None)
        return Guest(name, None, path) if name and path.is_file() else None
    except OSError:  # a name longer than any file's
        return None


def _file(system_folder: Path | None, name: str) -> Path:
    fetched = split_name(name)
    if fetched:
        return fetched_folder(fetched[0]) / fetched[1]
    try:
        path = Path(name).expanduser()
    except RuntimeError:  # nobody is called so
        path = Path(name)
    return (system_folder or Path.cwd()) / path


def find_guests(
    root: Path, system_folder: Path | None, wanted: Iterable[tuple[str, Span]]
) -> tuple[dict[str, Guest], list[Diagnostic]]:
    """The guests by their configured name, and BH-GUEST-001 for each that does not exist."""
    found: dict[str, Guest] = {}
    diags = []
    for name, where in wanted:
        guest = find_guest(root, system_folder, name)
        if guest is None:
            diags.append(_missing(root, system_folder, name, where))
        elif guest.folder is not None and (problem := _no_sources(name, guest.folder, where)):
            diags.append(problem)
        else:
            found[name] = guest
    return _with_stems(found), diags


def _with_stems(guests: Mapping[str, Guest]) -> dict[str, Guest]:
    """A stem for each folder that a path names: the folder's own name, with a number where it is taken."""
    stems = {g.folder.resolve(): g.stem for g in guests.values() if g.folder is not None and g.stem}
    for guest in guests.values():
        if guest.folder is None or guest.folder.resolve() in stems:
            continue
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", guest.folder.resolve().name).strip("-.") or "guest"
        names = (plain if n == 1 else f"{plain}-{n}" for n in range(1, len(guests) + 2))
        stems[guest.folder.resolve()] = next(name for name in names if name not in stems.values())
    return {
        name: guest if guest.folder is None else replace(guest, stem=stems[guest.folder.resolve()])
        for name, guest in guests.items()
    }


def _no_sources(name: str, folder: Path, where: Span) -> Diagnostic | None:
    """BH-GUEST-018 for a folder that is no guest's."""
    if (folder / DEFCONFIG).is_file():
        text = f"guest '{name}' is the folder of a system, not of a guest"
        inside = [shown(path) for path in guest_folders(folder / SHIPPED, folder).values()]
        help = f"Its guests: {', '.join(inside)}." if inside else "It has no folder guests/."
    elif not sources_in(folder):
        text = f"guest '{name}' has no source: there is no *{' or *'.join(SOURCE_ENDINGS)} in its folder"
        help = f"Write {shown(folder / 'main.c')}, or correct the path."
    else:
        return None
    return error("BH-GUEST-018", text, where, help=help)


def load_files(
    guests: Iterable[Guest], where: dict[str, Span]
) -> tuple[dict[str, Payload], list[Diagnostic]]:
    """The payloads of guests that are files, and BH-GUEST-002 for each that is no guest."""
    payloads, diags = {}, []
    for guest in guests:
        if guest.file is None:
            continue
        try:
            data = _read(guest.name, guest.file)
            payloads[guest.name] = load_payload(data, shown(guest.file))
        except (BadPayload, OSError) as problem:
            if isinstance(problem, OSError):
                problem = BadPayload(problem.strerror or "it cannot be read")
            text = f"guest '{guest.name}' cannot be used: {problem}"
            file = (Span(shown(guest.file)), "this file")
            diags.append(error(problem.code, text, where[guest.name], file, help=problem.help))
    return payloads, diags


def load_initrds(
    system_folder: Path | None, wanted: Iterable[tuple[str, Span]]
) -> tuple[dict[str, bytes], tuple[Path, ...], list[Diagnostic]]:
    """The initrds by their configured name, their files, and BH-GUEST-016 for each that is none."""
    found: dict[str, bytes] = {}
    files, diags = [], []
    for name, where in wanted:
        if not name:
            continue
        file = _file(system_folder, name)
        files.append(file)
        if split_name(name) and not file.is_file():
            diags.append(_not_fetched(name, where))
            continue
        try:
            data = _read(name, file)
            check_initrd(data)
            found[name] = data
        except (BadPayload, OSError) as problem:
            if isinstance(problem, OSError):
                text, help = problem.strerror or "it cannot be read", f"Looked for {shown(file)}."
                problem = BadPayload(text, "BH-GUEST-016", help)
            text = f"initrd '{name}' cannot be used: {problem}"
            diags.append(
                error(problem.code, text, where, (Span(shown(file)), "this file"), help=problem.help)
            )
    return found, tuple(files), diags


def load_overlays(
    system_folder: Path | None, wanted: Iterable[tuple[str, Span]], include_dirs: Sequence[Path]
) -> tuple[dict[str, OverlayText], tuple[Path, ...], list[Diagnostic]]:
    """Overlays of guests' devicetrees, preprocessed; their files, and BH-DTS-001 for what cannot be read."""
    found: dict[str, OverlayText] = {}
    files, diags = [], []
    for name, where in wanted:
        if not name:
            continue
        file = _file(system_folder, name)
        files.append(file)
        if not file.is_file():
            help = f"Looked for {shown(file)}."
            diags.append(error("BH-DTS-001", f"there is no file '{name}'", where, help=help))
            continue
        try:
            text = preprocess(file, include_dirs)
            found[name] = OverlayText(name=name, path=str(file), text=text)
        except UserError as problem:
            diags += problem.diags
    return found, tuple(files), diags


def _read(name: str, file: Path) -> bytes:
    """The bytes of a guest's file; those of a fetched one are still what was fetched. Raises BadPayload."""
    data = file.read_bytes()
    fetched = split_name(name)
    if fetched and not is_intact(file, data):
        help = f"Fetch it once more: ./bulkhead fetch {fetched[0]} --again"
        raise BadPayload("it is not as it was fetched", "BH-GUEST-014", help)
    return data


def _not_fetched(name: str, where: Span) -> Diagnostic:
    """BH-GUEST-013."""
    what = (split_name(name) or ("",))[0]
    if what not in NAMES:
        help = f"There are: {', '.join(f'{PREFIX}{known}/...' for known in NAMES)}."
    elif fetched_folder(what).is_dir():
        files = sorted(file.name for file in fetched_folder(what).iterdir() if file.name != MANIFEST)
        help = f"`./bulkhead fetch {what}` brings {', '.join(f'{PREFIX}{what}/{file}' for file in files)}."
    else:
        help = f"Type: ./bulkhead fetch {what}"
    return error("BH-GUEST-013", f"'{name}' has not been fetched", where, help=help)


def _missing(root: Path, system_folder: Path | None, name: str, where: Span) -> Diagnostic:
    if name.startswith(PREFIX):
        return _not_fetched(name, where)
    names = list(guest_folders(root, system_folder))
    close = difflib.get_close_matches(name, names, n=1)
    path = _file(system_folder, name)
    if close:
        help = f"Did you mean '{close[0]}'?"
    elif "/" in name or "." in name:
        help = f"Neither a folder of sources nor a file is there: {shown(path)}.{_nearly(path)}"
    else:
        others = "the path of a folder with sources, or of an ELF, flat or Image file"
        help = f"Guests: {', '.join(names)}; or {others}."
    return error("BH-GUEST-001", f"there is no guest '{name}'", where, help=help)


def _nearly(path: Path) -> str:
    """What lies there under a name much like the first of the path that does not exist."""
    try:
        parent = next(p for p in path.parents if p.is_dir())
        missing = path.relative_to(parent).parts[0]
        close = difflib.get_close_matches(missing, [p.name for p in parent.iterdir()], n=1, cutoff=0.7)
    except OSError:
        return ""
    return f" There is {shown(parent / close[0])}." if close else ""
