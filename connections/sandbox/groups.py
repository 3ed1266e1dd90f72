"""Two invented groups that every connected phone is a member of. Pure; their messages are the inbox's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connections.sandbox.instances import Instance

_CREATED = 1_700_000_000
_OWNER = "5511999990000@s.whatsapp.net"


@dataclass(frozen=True, slots=True)
class Group:
    """`others` are its members besides the phone that asks and the group's owner."""

    id: str
    subject: str
    others: tuple[str, ...]

    def members_with(self, instance: Instance) -> list[str]:
        return list(dict.fromkeys([instance.owner_jid, _OWNER, *self.others]))

    def info(self, instance: Instance, *, participants: bool) -> dict[str, Any]:
        members = self.members_with(instance)
        rows = [{"id": one, "admin": "superadmin" if one == _OWNER else None} for one in members]
        return {
            "id": self.id,
            "subject": self.subject,
            "subjectOwner": _OWNER,
            "subjectTime": _CREATED,
            "pictureUrl": f"https://pps.whatsapp.net/v/{self.id.partition('@')[0]}.jpg",
            "size": len(members),
            "creation": _CREATED,
            "owner": _OWNER,
            "restrict": False,
            "announce": False,
            **({"participants": rows} if participants else {}),
            "isCommunity": False,
            "isCommunityAnnounce": False,
        }


GROUPS = {
    group.id: group
    for group in (
        Group(
            "120363025246125486@g.us",
            "Relatórios Cliente X",
            ("553187654321@s.whatsapp.net", "5521988887777@s.whatsapp.net"),
        ),
        Group("120363025246125999@g.us", "Equipe Agência", ("5521988887777@s.whatsapp.net",)),
    )
}
