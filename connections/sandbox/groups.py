"""Invented groups of all kinds, which every connected phone is a member of. Pure; their messages are the inbox's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connections.sandbox.instances import Instance

_CREATED = 1_700_000_000
_OWNER = "5511999990000@s.whatsapp.net"


@dataclass(frozen=True, slots=True)
class Group:
    """`others` are its members besides the phone that asks and the group's owner; `announce`: only admins write."""

    id: str
    subject: str
    others: tuple[str, ...]
    announce: bool = False
    is_community: bool = False
    is_community_announce: bool = False

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
            "announce": self.announce,
            **({"participants": rows} if participants else {}),
            "isCommunity": self.is_community,
            "isCommunityAnnounce": self.is_community_announce,
        }


def _people(count: int) -> tuple[str, ...]:
    return tuple(f"55119{70000000 + number}@s.whatsapp.net" for number in range(count))


#: The two that were recorded, then others.
GROUPS = {
    group.id: group
    for group in (
        Group(
            "120363025246125486@g.us",
            "Relatórios Cliente X",
            ("553187654321@s.whatsapp.net", "5521988887777@s.whatsapp.net"),
        ),
        Group("120363025246125999@g.us", "Equipe Agência", ("5521988887777@s.whatsapp.net",)),
        Group("120363041077120114@g.us", "Obra Serra Azul", _people(12)),
        Group("120363041077120122@g.us", "🌽 Fazenda Boa Safra | Marketing", _people(7)),
        Group("120363041077120130@g.us", "Diretoria: avisos", _people(30), announce=True),
        Group("5531988887777-1400000000@g.us", "São João 2026, promoções", _people(19)),
        Group("120363041077120148@g.us", "Lojistas do Centro", (), is_community=True),
        Group("120363041077120156@g.us", "Lojistas do Centro", _people(148), announce=True, is_community_announce=True),
    )
}
