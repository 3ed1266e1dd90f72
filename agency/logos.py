"""An agency's logo: stored, removed, and found by what is in it. What a picture must be, `agency.logo_image` says."""

from __future__ import annotations

from django.utils import timezone

from agency.logo_image import LogoImage
from agency.models import Agency, AgencyLogo


def store(agency: Agency, image: LogoImage) -> None:
    """The agency's one logo, instead of the one before."""
    AgencyLogo.objects.update_or_create(
        agency=agency,
        defaults={
            "content": image.content,
            "digest": image.digest,
            "width": image.width,
            "height": image.height,
            "ground": image.ground.value,
            "updated_at": timezone.now(),
        },
    )


def remove(agency: Agency) -> None:
    AgencyLogo.objects.filter(agency=agency).delete()


def of(agency: Agency) -> AgencyLogo | None:
    """With its picture."""
    return AgencyLogo.objects.filter(agency=agency).first()


def content_of(digest: str) -> bytes | None:
    """The PNG of that digest; two agencies may have the same. None where no agency has it, or not any more."""
    found = AgencyLogo.objects.filter(digest=digest).values_list("content", flat=True).first()
    return None if found is None else bytes(found)  # PostgreSQL's driver may give a memoryview
