"""The sandbox's state on disk: instances, whose phones they belong to, how their sessions fare. Speaks no HTTP.

The demo seed uses `Store(path)`, `create_instance`, `scan` and `instances`; the rest serves the sandbox's own views.
Time passes by being looked at: a QR is renewed, and a deleted name is freed, when somebody reads the instance.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from agency.phones import parse_phone
from connections.sandbox import chats, payloads, qr, storms
from connections.sandbox.database import Database
from connections.sandbox.events import Events
from connections.sandbox.faults import Faults
from connections.sandbox.inbox import Inbox, Received
from connections.sandbox.instances import QUIET, SETTINGS, Announce, Instance, InstanceTable, silence
from connections.sandbox.pace import Clockwork
from connections.sandbox.pairings import Pairings, ScanError
from connections.sandbox.search import Search

FILE = "sandbox.sqlite3"
DELETE_DELAY = 1.0  # seconds that a deleted name stays taken, once its webhook knows
_HELD = 1e9  # seconds: until that is so
_MURMUR = 5  # each so many messages, the phone's owner writes and receives something private


class NameTaken(ValueError):
    """An instance of this name exists, or was deleted a moment ago."""


class Store:
    """`path` is a folder (the file is `sandbox.sqlite3` in it) or a file ending in .sqlite3; made where missing."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._db = Database(path if path.suffix == ".sqlite3" else path / FILE, clock)
        self._rows = InstanceTable(self._db)
        self.events = Events(self._db)
        self.faults = Faults(self._db)
        self.clockwork = Clockwork()
        self.inbox = Inbox(self._db, self.clockwork)
        self.search = Search(self._db)
        self._pairings = Pairings(self._rows, self.events, self._tell)
        self._taken = 0
        self.announce: Announce = silence  # until a server puts its webhooks in its place

    def close(self) -> None:
        self._db.close()

    def transaction(self) -> AbstractContextManager[None]:
        return self._db.transaction()

    def now(self) -> float:
        return self._db.clock()

    def boot(self) -> None:
        """A starting server loads only the instances that were open or connecting; the others have no socket yet.

        How many QR Codes an instance has shown is remembered only in the real server's memory.
        """
        self._db.run("UPDATE instance SET socket = 'none' WHERE state = 'close'")
        self._db.run("UPDATE instance SET qr_count = 0 WHERE qr_code = ''")
        self._db.run("UPDATE instance SET stuck = '' WHERE stuck IN ('read', 'code')")
        self._db.run("UPDATE instance SET deleted_at = ? WHERE deleted_at > ?", self.now(), self.now())
        for instance in self.instances():
            if instance.is_open:
                self._pair_chats(instance)

    def create_instance(
        self,
        name: str,
        token: str = "",
        *,
        number: str = "",
        webhook: dict[str, Any] | None = None,
        settings: dict[str, Any] | None = None,
    ) -> str:
        """A closed instance without a phone; its id. An empty token gets a random one. Raises NameTaken."""
        key = str(uuid.uuid4())
        kept = {"webhook": json.dumps(webhook), "settings": json.dumps({**SETTINGS, **(settings or {})})}
        with self._db.transaction():
            if self.get(name) is not None:
                raise NameTaken(name)
            token = token or str(uuid.uuid4()).upper()
            self._rows.add(name=name, id=key, token=token, number=number, state="close", socket="none", **kept)
        return key

    def instances(self) -> list[Instance]:
        """All of them, in the order of creation."""
        with self._db.transaction():
            self._pass_time()
            return self._rows.all()

    def get(self, name: str) -> Instance | None:
        """A name that was deleted a moment ago is still there, closed."""
        with self._db.transaction():
            self._pass_time()
            return self._rows.get(name)

    def peek(self, name: str) -> Instance | None:
        """As it stands, without letting time pass."""
        return self._rows.get(name)

    def pass_time(self) -> None:
        """Renew the QR Codes that are due, free the names that were deleted."""
        with self._db.transaction():
            self._pass_time()

    def open_socket(self, name: str, *, number: str = "", with_qr: bool = True, stuck: str = "") -> None:
        """Begin a pairing: a fresh QR, and with `number` a pairing code; without `with_qr`, WhatsApp gives none, and
        where it is `stuck` ("code"), not to the next who asks either. Nothing is begun where a session may come back.
        """
        with self._db.transaction():
            instance = self.get(name)
            if instance is None or instance.is_open or instance.has_qr or instance.stuck or instance.is_stormy:
                return
            self._pairings.begin(instance, self.now(), number=number, with_qr=with_qr, stuck=stuck)

    def renew_qr(self, name: str) -> None:
        """What a restart does to a pairing."""
        with self._db.transaction():
            instance = self.get(name)
            if instance is not None and instance.has_qr:
                self._pairings.restart(instance, self.now())

    def scan(self, name: str, phone: str, profile_name: str = "", *, qr_needed: bool = False) -> Instance:
        """A phone pairs with the instance, which is open from then on, whether or not a QR is on show.

        With `qr_needed` a live QR is asked for, as from a person with a real phone. Raises ScanError, and PhoneError
        for a number that is none.
        """
        phone = parse_phone(phone)
        with self._db.transaction():
            instance = self._known(name)
            if qr_needed and instance.is_open:
                raise ScanError("Esta instância já está conectada. Remova o aparelho antes de escanear de novo.")
            if qr_needed:
                self._pairings.need_qr(instance)
            kept_name = profile_name or (instance.profile_name if instance.phone == phone else "")
            of_phone = {"phone": phone, "profile_name": kept_name, "qr_code": "", "pairing_code": ""}
            self._rows.change(name, state="open", socket="open", **of_phone, **QUIET)
            self.events.add("CELULAR LEU O QR", f"{name}  {phone}")
            found = self._known(name)
            if qr_needed:
                self._pair_chats(found)
            self.tell_open(found)
        return found

    def read_in_vain(self, name: str) -> None:
        """A phone reads the QR, and nothing opens (it asks for a passkey, say): the gateway goes on connecting, offers
        the same QR to who asks, and renews it no more. Raises ScanError as `scan`."""
        with self._db.transaction():
            self._pairings.read_in_vain(self._known(name))

    def exhaust_qr(self, name: str) -> None:
        """As if all QR codes that the gateway gives in one pairing had passed unread. Raises ScanError."""
        with self._db.transaction():
            self._pairings.exhaust(self._known(name))

    def _known(self, name: str) -> Instance:
        instance = self.get(name)
        if instance is None or instance.deleted_at:
            raise ScanError(f"A instância {name} não existe.")
        return instance

    def storm(self, name: str, *, seconds: float = storms.SECONDS, ends: str = "open") -> None:
        """From now on the session comes and goes by the second, and ends in a definite state. Raises StormError."""
        storms.check(seconds, ends)
        with self._db.transaction():
            instance = self.get(name)
            if instance is None:
                raise storms.StormError(f"A instância {name} não existe.")
            if not instance.is_open or instance.is_stormy:
                raise storms.StormError("Só a conexão de uma instância conectada pode oscilar.")
            now = self.now()
            self._rows.change(name, storm_at=now, storm_until=now + seconds, storm_ends=ends)
            self.events.add("CONEXÃO OSCILA", f"{name}  {seconds:g} s")
            said = {"open": payloads.opened(instance), "connecting": payloads.connecting(name)}
            for one in storms.told(seconds, random.random):
                self._tell(name, "CONNECTION_UPDATE", said[one.state], delay=one.at)

    def tell_open(self, instance: Instance) -> None:
        """What a pairing, a restart and each reconnection announce."""
        self._tell(instance.name, "CONNECTION_UPDATE", payloads.connecting(instance.name))
        self._tell(instance.name, "CONNECTION_UPDATE", payloads.opened(instance))

    def deliver(self, instance: Instance, jid: str, text: str, **how: Any) -> Received:
        """The instance's number writes to an address; `how` as in `Inbox.add`. Its private chats go on meanwhile."""
        with self._db.transaction():
            taken = self.inbox.add(
                instance=instance.name,
                instance_id=instance.id,
                sender=instance.phone,
                jid=jid,
                text=text,
                **how,
            )
            self._taken += 1
            if self._taken % _MURMUR == 0 and self.inbox.has_private(instance.id):
                self.inbox.add_private(chats.exchange(instance, self._taken // _MURMUR, self.now()))
        return taken

    def chat(self, name: str, turns: int) -> int:
        """Have the phone write and receive private messages now, `turns` of each; how many."""
        instance = self.get(name)
        if instance is None or not instance.phone:
            raise ScanError(f"A instância {name} não tem celular.")
        rows = [row for turn in range(turns) for row in chats.exchange(instance, turn, self.now())]
        self.inbox.add_private(rows)
        return len(rows)

    def _pair_chats(self, instance: Instance) -> None:
        if not self.inbox.has_private(instance.id):
            self.inbox.add_private(chats.history(instance, self.now()))

    def log_out(self, name: str) -> None:
        """Ended from the gateway's side: the socket waits for another pairing."""
        self._disconnect(name, "waiting", data=None, message=f"Log out instance: {name}")

    def unlink(self, name: str) -> None:
        """Ended on the phone: the session is gone, and the socket. Raises ScanError where no phone is connected."""
        with self._db.transaction():
            instance = self.get(name)
            if instance is None:
                raise ScanError(f"A instância {name} não existe.")
            if not instance.is_open and not instance.is_stormy:
                raise ScanError("Esta instância não tem celular conectado.")
            self._unlink(instance)

    def _unlink(self, instance: Instance) -> None:
        data = {"tag": "conflict", "attrs": {"type": "device_removed"}}
        self._disconnect(instance.name, "gone", data=data, message="Stream Errored (conflict)")
        self.events.add("APARELHO REMOVIDO", f"{instance.name}  {instance.phone}")

    def delete(self, name: str) -> None:
        """The name is free a moment after its webhook knows of it, or has been given up."""
        with self._db.transaction():
            instance = self.get(name)
            if instance is None:
                return
            # Held, so that time alone does not free it; whoever is told last gives it free.
            self._rows.change(name, state="close", socket="none", qr_code="", deleted_at=self.now() + _HELD, **QUIET)
            self._db.on_commit(
                lambda: self.announce(name, "REMOVE_INSTANCE", done=lambda: self._release(instance.id)),
            )
            self._tell(name, "INSTANCE_DELETE", payloads.instance_named(instance))

    def _release(self, instance_id: str) -> None:
        self._db.run("UPDATE instance SET deleted_at = ? WHERE id = ? AND deleted_at > 0", self.now(), instance_id)

    def set_webhook(self, name: str, webhook: dict[str, Any]) -> None:
        self._rows.change(name, webhook=json.dumps(webhook))

    def set_settings(self, name: str, values: dict[str, Any]) -> None:
        self._rows.change(name, settings=json.dumps({**SETTINGS, **values}))

    def _disconnect(self, name: str, socket: str, *, data: dict[str, Any] | None, message: str) -> None:
        payload = {"statusCode": 401, "error": "Unauthorized", "message": message}
        output = {"statusCode": 401, "payload": payload, "headers": {}}
        error = {"data": data, "isBoom": True, "isServer": False, "output": output}
        self._rows.change(
            name,
            state="close",
            socket=socket,
            qr_code="",
            pairing_code="",
            disconnection=json.dumps({"error": error}),
            disconnected_at=self.now(),
            **QUIET,
        )
        instance = self.peek(name)
        if instance is not None:
            self._tell(name, "STATUS_INSTANCE", payloads.status_closed(instance))
            self._tell(name, "LOGOUT_INSTANCE", None)
            self._tell(name, "CONNECTION_UPDATE", payloads.closed(name))

    def _tell(self, name: str, event: str, data: Any, *, delay: float = 0.0) -> None:
        """Once what is being written is there to be read, and `delay` seconds later."""
        self._db.on_commit(lambda: self.announce(name, event, data, delay=delay))

    def _pass_time(self) -> None:
        now = self.now()
        self._rows.free(now - DELETE_DELAY)
        for instance in self._rows.moved_on(now - qr.LIFE):
            if instance.is_stormy:
                self._toss(instance, now)
            else:
                self._pairings.renew(instance, now)

    def _toss(self, instance: Instance, now: float) -> None:
        """The state of this moment of a storm, or the one in which it ends."""
        if now < instance.storm_until:
            state = storms.state_at(now - instance.storm_at, instance.storm_until - instance.storm_at)
            if state != instance.state:
                self._rows.change(instance.name, state=state, socket="open" if state == "open" else "gone")
        elif instance.storm_ends == "close":
            self._unlink(instance)
        elif instance.storm_ends == "connecting":
            self._rows.change(instance.name, state="connecting", socket="gone", **QUIET | {"stuck": "lost"})
        else:
            self._rows.change(instance.name, state="open", socket="open", **QUIET)
