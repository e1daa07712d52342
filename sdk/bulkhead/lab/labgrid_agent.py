# SPDX-License-Identifier: Apache-2.0
"""One request to labgrid's coordinator, answered as JSON. Run by the Python of .bulkhead/env/lab, never
imported.

labgrid has no leases: here a lease is two tags of an acquired place, `holder` and `expires` (seconds
since 1970). Whoever
looks, frees what has expired and says whose it was. Call: labgrid_agent.py ADDRESS HOLDER VERB [ARGUMENT]...
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import Any

SECONDS = 15.0


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

    async def do_create(self, name: str, match: str, board: str) -> dict[str, Any]:
        if name not in self.session.places:
            await self.call("AddPlace", name=name)
        if not self.session.places[name].matches:
            await self.call("AddPlaceMatch", placename=name, pattern=match)
        await self.call("SetPlaceTags", placename=name, tags={"board": board})
        return {"created": name}

    async def do_reserve(self, board: str, name: str, seconds: str) -> dict[str, Any]:
        """A free place of that board (or the named one) whose resources are all there."""
        freed = await self.free_expired()
        held = []
        for key, place in sorted(self.session.places.items()):
            if (name and key != name) or (board and place.tags.get("board") != board):
                continue
            found = describe(self.session, place)
            is_there = found["resources"] and all(r["avail"] for r in found["resources"])
            if not place.acquired and is_there and await self.take(key, int(seconds)):
                return {"place": describe(self.session, self.session.places[key]), "freed": freed}
            held.append(f"{key} is held by {place.acquired}" if place.acquired else f"{key} is not there")
        return {"place": None, "held": held, "freed": freed}

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
    try:
        session = start_session(address, loop=loop)
        result = loop.run_until_complete(
            asyncio.wait_for(getattr(Agent(session, holder), f"do_{verb}")(*arguments), SECONDS)
        )
    except Exception as problem:  # whatever it is, it goes to the caller as a sentence
        result = {"error": f"{type(problem).__name__}: {problem}"}
    print(json.dumps(result), flush=True)
    os._exit(0)  # gRPC's threads would keep us for seconds


if __name__ == "__main__":
    main()
