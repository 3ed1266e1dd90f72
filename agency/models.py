"""Tenancy: who works for which agency, and whose clients are whose. Imports no other app and makes no HTTP call."""

from __future__ import annotations

import uuid
import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone

from agency.fields import PhoneField
from agency.text import initials, search_key


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError("Fuso horário desconhecido: %(name)s.", params={"name": name})


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person who signs in with an e-mail address: a gestor, an agency's owner, or Adscape's support (is_staff)."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail", unique=True)
    name = models.CharField("nome", max_length=120)
    phone = PhoneField("telefone", blank=True, help_text="Recebe os envios de teste e os avisos.")
    notices_by_email = models.BooleanField("avisos por e-mail", default=True)
    #: Without a phone it has no effect. A message of its own only where a connection fell (`connections.drops`).
    notices_by_whatsapp = models.BooleanField("avisos por WhatsApp", default=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "usuário"
        verbose_name_plural = "usuários"

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def initials(self) -> str:
        return initials(self.name or self.email)


class Agency(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("nome", max_length=120)
    time_zone = models.CharField(
        "fuso horário", max_length=64, default="America/Sao_Paulo", validators=[validate_time_zone]
    )
    #: Between these times of day, in the agency's zone, nothing leaves but tests that somebody asks for: reports,
    #: alerts and what is sent by hand wait. Both or none.
    quiet_from = models.TimeField("silêncio a partir de", null=True, blank=True)
    quiet_until = models.TimeField("silêncio até", null=True, blank=True)
    #: What may have left and has no trace at the gateway is sent again by itself: it may arrive twice.
    resend_without_trace = models.BooleanField("sem rastro, enviar de novo", default=False)
    weekly_digest = models.BooleanField("resumo de segunda-feira por e-mail", default=True)
    created_at = models.DateTimeField("criada em", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "agência"
        verbose_name_plural = "agências"

    def __str__(self) -> str:
        return self.name


class AgencyLogo(models.Model):
    """An agency's logo, apart from the agency so that its row stays small. Written by `agency.logos` only."""

    class Ground(models.TextChoices):
        OWN = "own", "o seu próprio"
        LIGHT = "light", "claro"
        DARK = "dark", "escuro"

    agency = models.OneToOneField(
        Agency, on_delete=models.CASCADE, primary_key=True, related_name="logo", verbose_name="agência"
    )
    content = models.BinaryField("PNG")
    #: SHA-256 of `content` in hex, and so its public address.
    digest = models.CharField(max_length=64, db_index=True)
    width = models.PositiveSmallIntegerField("largura")
    height = models.PositiveSmallIntegerField("altura")
    ground = models.CharField("fundo", max_length=5, choices=Ground.choices)
    updated_at = models.DateTimeField("atualizado em", default=timezone.now)

    class Meta:
        verbose_name = "logo"
        verbose_name_plural = "logos"

    def __str__(self) -> str:
        return f"Logo de {self.agency_id}"

    @property
    def address(self) -> str:
        return reverse("agency:logo_image", args=[self.digest])


class Membership(models.Model):
    """A user works for one agency; a second membership would make "the user's agency" a question without an answer."""

    class Role(models.TextChoices):
        OWNER = "owner", "Dono"
        GESTOR = "gestor", "Gestor"

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="membership", verbose_name="usuário")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="memberships", verbose_name="agência")
    role = models.CharField("papel", max_length=10, choices=Role.choices, default=Role.GESTOR)
    #: Notices raised after this instant count as unread for this person.
    notices_read_at = models.DateTimeField("avisos lidos até", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "vínculo"
        verbose_name_plural = "vínculos"

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class NumberState(models.TextChoices):
    """Of a client's own WhatsApp number, as lists and counters tell them apart."""

    OWN = "own", "Conectado"
    FALLEN = "fallen", "Desconectado"
    WAITING = "waiting", "Aguardando QR"
    NONE = "none", "Sem número próprio"


class ClientQuerySet(models.QuerySet["Client"]):
    def active(self) -> ClientQuerySet:
        return self.filter(archived_at=None)

    def matching(self, text: str) -> ClientQuerySet:
        """Clients whose name or e-mail holds each word of `text`, without regard to case or accents."""
        found = self
        for word in search_key(text.replace("\0", "")).split():
            found = found.filter(search_text__contains=word)
        return found


class Client(models.Model):
    """A business whose ads the agency runs. It has a phone with WhatsApp and no login."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="clients", verbose_name="agência")
    name = models.CharField("nome", max_length=80)
    email = models.EmailField("e-mail", blank=True)
    time_zone = models.CharField(
        "fuso horário", max_length=64, blank=True, validators=[validate_time_zone], help_text="Vazio: o da agência."
    )
    use_agency_number = models.BooleanField(
        "usar o número da agência quando o do cliente cair",
        default=True,
        help_text="Vale também enquanto o cliente não tem WhatsApp conectado.",
    )
    is_demo = models.BooleanField("demonstração", default=False, help_text="Nunca envia para números reais.")
    # How the client stands, written by `agency.standing` whenever what its card shows changes, so that a page of fifty
    # of ten thousand is counted, filtered and sorted by an index. Whether a client without a number of its own needs
    # somebody depends on the agency's number: both answers are kept, and the page takes one.
    number_state = models.CharField(
        "número", max_length=8, choices=NumberState.choices, default=NumberState.NONE, editable=False
    )
    attention_if_agency_up = models.BooleanField("precisa de atenção", default=False, editable=False)
    attention_if_agency_down = models.BooleanField(
        "precisa de atenção sem o número da agência", default=True, editable=False
    )
    has_low_balance = models.BooleanField("saldo baixo", default=False, editable=False)
    # How its own number did in the last thirty days: a sign for each (`agency.uptime_strip`), the share of the time in
    # per mille, and as of when. Written by `connections.strips`; empty where nothing is known.
    uptime_days = models.CharField(max_length=30, editable=False, default="")
    uptime_share = models.PositiveSmallIntegerField(null=True, editable=False)
    uptime_at = models.DateTimeField(null=True, editable=False)
    search_text = models.CharField(max_length=340, editable=False, default="")
    archived_at = models.DateTimeField("arquivado em", null=True, blank=True, editable=False)
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = "cliente"
        verbose_name_plural = "clientes"
        ordering: ClassVar = ["search_text"]
        constraints: ClassVar = [
            # What a composite foreign key of another table points at, to hold "the row's agency is its client's".
            models.UniqueConstraint(fields=["id", "agency"], name="client_with_its_agency"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agency", "archived_at", "search_text"], name="client_list"),  # the /agency page
            models.Index(
                fields=["agency", "-attention_if_agency_up", "search_text"],
                condition=models.Q(archived_at=None),
                name="client_attention_up",
            ),  # the same, attention first
            models.Index(
                fields=["agency", "-attention_if_agency_down", "search_text"],
                condition=models.Q(archived_at=None),
                name="client_attention_down",
            ),
            models.Index(
                fields=[
                    "agency",
                    "number_state",
                    "use_agency_number",
                    "attention_if_agency_up",
                    "attention_if_agency_down",
                    "has_low_balance",
                    "archived_at",  # always NULL here; without it SQLite looks at each row for it
                ],
                condition=models.Q(archived_at=None),
                name="client_counters",
            ),  # the counters, from the index alone
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_text = search_key(f"{self.name} {self.email}")
        super().save(*args, **kwargs)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The zone of this client's days and times of day. Reads the agency where the client has none of its own."""
        return zoneinfo.ZoneInfo(self.time_zone or self.agency.time_zone)

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None


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
