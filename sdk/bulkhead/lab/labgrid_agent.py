# SPDX-License-Identifier: Apache-2.0
"""One request to labgrid's coordinator, answered as JSON. Run by the Python of .bulkhead/env/lab.

labgrid has no leases: here a lease is two tags of an acquired place, `holder` and `expires` (seconds
since 1970). Whoever looks, frees what has expired and says whose it was.

Who has to wait stands in a queue of tickets: labgrid's reservations, with filters that no place
fulfils, so that the coordinator keeps their order and gives nothing away by itself. The first in the
queue takes the first free place that it can use, the next one what is left.

Call: labgrid_agent.py ADDRESS HOLDER VERB [ARGUMENT]... Each line that it prints is a JSON object: `said` is
for who waits, the last one is the answer. Closing its standard input ends it, out of the queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import sys
import time
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

SECONDS = 15.0  # for an answer, beside what it was asked to wait
LOOK_SECONDS = 0.5  # between two looks at the queue
ABSENT_SECONDS = 6.0  # who has not looked for so long is gone, and nobody waits for it
REFUSED_SECONDS = 5.0  # before a place that would not be taken is tried again


class Wish(NamedTuple):
    """What somebody waits for; "" is any."""

    board: str
    name: str

    def fits(self, place: str, board: str) -> bool:
        return self.name in ("", place) and self.board in ("", board)


def turn(ahead: list[Wish], mine: Wish, free: dict[str, str]) -> str | None:
    """The place that is ours when each of those ahead takes the first that it can use.

    `free`: the board of each free place.
    """
    left = dict(free)
    for wish in ahead:
        taken = next((name for name, board in left.items() if wish.fits(name, board)), None)
        left.pop(taken or "", None)
    return next((name for name, board in left.items() if mine.fits(name, board)), None)


def describe(session: Any, place: Any) -> dict[str, Any]:
    """A place with the resources that its matches find."""
    resources = [
        {
            "cls": entry.cls,
            "avail": entry.avail,
            "params": {k: v for k, v in entry.params.items() if k != "extra"},
        }
        for exporter, groups in sorted(session.resources.items())
        for group, entries in sorted(groups.items())
        for name, entry in sorted(entries.items())
        if place.hasmatch((exporter, group, entry.cls, name))
    ]
    tags = {name: value for name, value in place.tags.items() if value}
    return {"name": place.name, "tags": tags, "acquired": place.acquired, "resources": resources}


class Agent:
    def __init__(self, session: Any, holder: str) -> None:
        from labgrid.remote.generated import labgrid_coordinator_pb2

        self.session, self.holder, self.messages = session, holder, labgrid_coordinator_pb2

    async def call(self, verb: str, **fields: Any) -> None:
        await getattr(self.session.stub, verb)(getattr(self.messages, f"{verb}Request")(**fields))
        await self.session.sync_with_coordinator()

    async def free(self, name: str, whose: str) -> None:
        """Not if it has changed hands meanwhile."""
        await self.call("ReleasePlace", placename=name, fromuser=whose)
        if not self.session.places[name].acquired:
            await self.call("SetPlaceTags", placename=name, tags={"holder": "", "expires": ""})

    async def free_expired(self) -> list[str]:
        said = []
        for name, place in sorted(self.session.places.items()):
            expires = place.tags.get("expires", "")
            if place.acquired and expires.isdigit() and int(expires) < time.time():
                said.append(f"{name} was still held by {place.acquired}, whose lease had ended: freed")
                await self.free(name, place.acquired)
        return said

    async def take(self, name: str, seconds: int) -> bool:
        """False: somebody else was faster, or its exporter is gone."""
        import grpc

        try:
            await self.call("AcquirePlace", placename=name)
        except grpc.aio.AioRpcError:
            return False
        tags = {"holder": self.holder.replace("/", "_"), "expires": str(int(time.time()) + seconds)}
        await self.call("SetPlaceTags", placename=name, tags=tags)
        return True

    async def do_list(self) -> dict[str, Any]:
        freed = await self.free_expired()
        places = [describe(self.session, place) for _, place in sorted(self.session.places.items())]
        return {"places": places, "freed": freed}

    async def do_create(self, *words: str) -> dict[str, Any]:
        """Places by name, match and board, each three words."""
        for name, match, board in zip(words[::3], words[1::3], words[2::3], strict=True):
            if name not in self.session.places:
                await self.call("AddPlace", name=name)
            if not self.session.places[name].matches:
                await self.call("AddPlaceMatch", placename=name, pattern=match)
            await self.call("SetPlaceTags", placename=name, tags={"board": board})
        return {"created": [*words[::3]]}

    async def do_reserve(self, board: str, name: str, seconds: str, wait: str) -> dict[str, Any]:
        """A free place of that board (or the named one) whose resources are all there, in turn."""
        wish, deadline = Wish(board, name), time.monotonic() + float(wait)
        refused: dict[str, float] = {}
        freed = await self.free_expired()
        async with self.ticket(wish) as token:
            while True:
                ahead = await self.ahead(token)
                free, held = self.look(wish, refused)
                key = turn(ahead, wish, free)
                if key and await self.take(key, int(seconds)):
                    return {"place": describe(self.session, self.session.places[key]), "freed": freed}
                if key:
                    refused[key] = time.monotonic()
                    continue
                if not held and not any(wish.fits(*place) for place in free.items()):
                    return {"place": None, "held": [], "freed": freed}
                held += [f"{len(ahead)} were here before"] if ahead else []
                if time.monotonic() > deadline:
                    return {"place": None, "held": held, "freed": freed}
                print(json.dumps({"said": [*freed, *held]}), flush=True)
                freed = []
                if select.select([sys.stdin], [], [], 0)[0]:  # who asked is gone
                    return {"place": None, "held": held, "freed": []}
                await asyncio.sleep(LOOK_SECONDS)
                freed = await self.free_expired()

    @contextlib.asynccontextmanager
    async def ticket(self, wish: Wish) -> AsyncIterator[str]:
        """A place in the queue, while the block lasts."""
        import grpc

        wanted = {"queue_board": wish.board, "queue_name": wish.name}
        main = self.messages.Reservation.Filter(filter=wanted)
        asked = self.messages.CreateReservationRequest(filters={"main": main}, prio=0.0)
        token = (await self.session.stub.CreateReservation(asked)).reservation.token
        try:
            yield token
        finally:
            with contextlib.suppress(grpc.aio.AioRpcError):
                await self.session.stub.CancelReservation(self.messages.CancelReservationRequest(token=token))

    async def ahead(self, token: str) -> list[Wish]:
        """What those wait for who came before us and are still there; and we are, too."""
        stub, messages = self.session.stub, self.messages
        mine = (await stub.PollReservation(messages.PollReservationRequest(token=token))).reservation
        everybody = (await stub.GetReservations(messages.GetReservationsRequest())).reservations
        return [
            Wish(each.filters["main"].filter["queue_board"], each.filters["main"].filter["queue_name"])
            for each in sorted(everybody, key=lambda each: (each.created, each.token))
            if (each.created, each.token) < (mine.created, mine.token)
            and "queue_name" in each.filters["main"].filter
            and each.timeout > mine.timeout - ABSENT_SECONDS
        ]

    def look(self, wish: Wish, refused: dict[str, float]) -> tuple[dict[str, str], list[str]]:
        """The free places with their boards, and why each other one that we want is not free."""
        free: dict[str, str] = {}
        held = []
        for key, place in sorted(self.session.places.items()):
            board = place.tags.get("board", "")
            resources = describe(self.session, place)["resources"]
            is_there = resources and all(r["avail"] for r in resources)
            is_refused = time.monotonic() - refused.get(key, -REFUSED_SECONDS) < REFUSED_SECONDS
            if not (place.acquired or place.reservation or is_refused) and is_there:
                free[key] = board
            elif wish.fits(key, board):
                held.append(
                    f"{key} is held by {place.acquired}" if place.acquired
                    else f"{key} is reserved by somebody who uses labgrid itself" if place.reservation
                    else f"{key} would not be taken" if is_refused else f"{key} is not there"
                )  # fmt: skip
        return free, held

    async def do_renew(self, name: str, seconds: str) -> dict[str, Any]:
        """The lease goes on; a place that a restart of the coordinator set free is taken again."""
        place = self.session.places.get(name)
        if place is None or (place.acquired and place.acquired != self.holder):
            return {"held": False}
        if not place.acquired:
            return {"held": await self.take(name, int(seconds))}
        await self.call(
            "SetPlaceTags", placename=name, tags={"expires": str(int(time.time()) + int(seconds))}
        )
        return {"held": True}

    async def do_release(self, name: str, force: str = "") -> dict[str, Any]:
        place = self.session.places.get(name)
        whose = place.acquired if place else None
        if whose and (whose == self.holder or force):
            await self.free(name, whose)
        return {"released": bool(whose and (whose == self.holder or force)), "whose": whose}


def main() -> None:
    address, holder, verb, *arguments = sys.argv[1:]
    os.environ["LG_HOSTNAME"], os.environ["LG_USERNAME"] = holder.split("/", 1)
    from labgrid.remote.client import start_session

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # gRPC binds its channel to the current one
    limit = SECONDS + (float(arguments[-1]) if verb == "reserve" else 0.0)
    try:
        session = start_session(address, loop=loop)
        result = loop.run_until_complete(
            asyncio.wait_for(getattr(Agent(session, holder), f"do_{verb}")(*arguments), limit)
        )
    except Exception as problem:  # whatever it is, it goes to the caller as a sentence
        result = {"error": f"{type(problem).__name__}: {problem}"}
    print(json.dumps(result), flush=True)
    os._exit(0)  # gRPC's threads would keep us for seconds


if __name__ == "__main__":
    main()
