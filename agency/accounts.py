"""How allauth behaves here: no public sign-up; agencies and their users are created by support in the admin."""

from __future__ import annotations

import logging
from typing import Any, ClassVar
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from agency.models import User

logger = logging.getLogger(__name__)


class ClosedAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages: ClassVar = DefaultAccountAdapter.error_messages | {
        "enter_current_password": "A senha atual não confere.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """allauth's "signed in as …" notices say what the page shows anyway."""

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        messages.success(request, "Senha trocada. Quem estava com a senha antiga precisa entrar de novo.")
        return reverse("agency:profile")

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """A mail server that fails must not tell known addresses from unknown ones: the page answers as always."""
        try:
            super().send_password_reset_mail(user, email, context)
        except OSError as error:  # smtplib's errors are of this kind too
            logger.error("the e-mail with a link for a new password did not leave: %s", type(error).__name__)

    def get_reset_password_from_key_url(self, key: str) -> str:
        return _public(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return _public(super().get_email_confirmation_url(request, emailconfirmation))


def _public(address: str) -> str:
    """The same page at the public address: the host that a request claims must not choose where an e-mail leads."""
    return f"{settings.PUBLIC_URL}{urlsplit(address).path}"
