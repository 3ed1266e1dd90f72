"""Small rules of the tenancy rows."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from agency.models import Agency, Client, User
from agency.services import archive_client
from agency.signals import client_archived
from agency.text import initials, search_key
from tests.factories import make_agency, make_client


def test_a_client_lives_in_its_own_zone_or_the_agencys(db: None) -> None:
    agency = make_agency(time_zone="America/Manaus")

    assert make_client(agency=agency).zone.key == "America/Manaus"
    assert make_client(agency=agency, time_zone="America/Noronha").zone.key == "America/Noronha"


def test_an_unknown_zone_is_refused(db: None) -> None:
    with pytest.raises(ValidationError, match="Fuso"):
        Agency(name="A", time_zone="Marte/Olimpo").full_clean()


def test_an_address_is_one_person_whatever_its_case(db: None) -> None:
    User.objects.create_user("Ana@Exemplo.exemplo", "x", name="Ana")

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ana@exemplo.exemplo", "x", name="Outra Ana")


def test_archiving_twice_tells_the_others_once(db: None) -> None:
    told: list[Client] = []

    def listen(client: Client, **kwargs: object) -> None:
        told.append(client)

    client_archived.connect(listen)
    client = make_client()
    try:
        archive_client(client)
        archive_client(client)
    finally:
        client_archived.disconnect(listen)

    assert told == [client]


@pytest.mark.parametrize(("typed", "key"), [("São JOSÉ", "sao jose"), ("Ótica", "otica"), ("", ""), ("ção", "cao")])
def test_search_key(typed: str, key: str) -> None:
    assert search_key(typed) == key


@pytest.mark.parametrize(
    ("name", "letters"), [("Rafaela Couto", "RC"), ("Ana Lívia Prado", "AP"), ("Davi", "D"), ("", "?"), ("- x", "X")]
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters
