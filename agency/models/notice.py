"""`Notice`: what a person must know; `NoticeCopy`: who got it by e-mail. `agency.notices` and `notice_mail` write."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from agency.models.agency import Agency
from agency.models.client import Client
from agency.models.people import User


class Notice(models.Model):
    """What a person must know: one open row per subject, closed by itself when the subject is resolved.

    Written by `agency.notices` only. It stands in the page under the bell and goes out by e-mail once.
    """

    class Level(models.TextChoices):
        WARN = "warn", "Atenção"
        BAD = "bad", "Problema"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="notices", verbose_name="agência")
    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, null=True, blank=True, related_name="notices", verbose_name="cliente"
    )
    subject = models.CharField("assunto", max_length=160, help_text="Do que se trata, como report:<id>.")
    level = models.CharField("nível", max_length=4, choices=Level.choices, default=Level.WARN)
    title = models.CharField("título", max_length=160)
    text = models.CharField("texto", max_length=300, blank=True)
    #: A path of the product where it can be put right, with the words of the link.
    url = models.CharField("endereço", max_length=200, blank=True)
    action = models.CharField("o que fazer", max_length=40, blank=True)
    raised_at = models.DateTimeField("desde", default=timezone.now)
    closed_at = models.DateTimeField("encerrado em", null=True, blank=True)
    #: How it ended, in pt-BR; empty where a person put it away.
    outcome = models.CharField("como terminou", max_length=200, blank=True)
    mailed_at = models.DateTimeField("enviado por e-mail em", null=True, blank=True)
    mail_claimed_at = models.DateTimeField("e-mail em andamento desde", null=True, blank=True)

    class Meta:
        verbose_name = "aviso"
        verbose_name_plural = "avisos"
        ordering: ClassVar = ["-raised_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agency", "subject"], condition=models.Q(closed_at=None), name="one_open_notice_per_subject"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agency", "-raised_at"], name="notice_bell"),  # notices.open_of
            models.Index(
                fields=["raised_at"], condition=models.Q(mailed_at=None, closed_at=None), name="notice_to_mail"
            ),  # notice_mail.send_due
            models.Index(
                fields=["closed_at"], condition=models.Q(closed_at__isnull=False), name="notice_to_delete"
            ),  # notices.sweep
        ]

    def __str__(self) -> str:
        return self.title


class NoticeCopy(models.Model):
    """That a person got a notice by e-mail, so that a try that failed for somebody else does not reach him again."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="copies", verbose_name="aviso")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name="pessoa")
    sent_at = models.DateTimeField("enviado em", default=timezone.now)

    class Meta:
        verbose_name = "cópia de aviso"
        verbose_name_plural = "cópias de avisos"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "user"], name="one_copy_of_a_notice_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} → {self.user_id}"
