"""`User`: who signs in; `Membership`: for which agency. Decides no access: `agency.access` does."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models

from agency.fields import PhoneField
from agency.models.agency import Agency
from agency.text import initials


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
