"""What an agency's reports have to pass before they leave, as its people set it. Checks and writes one row."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from agency.models import Agency
from reports import gating
from reports.models import SendingRules
from reports.models.rules import JUMP_FACTORS


class RulesForm(forms.ModelForm[SendingRules]):
    class Meta:
        model = SendingRules
        fields = ("jump_factor", "review", "review_minutes", "at_deadline")
        labels: ClassVar = {
            "jump_factor": "Segurar quando o gasto passar de",
            "review": "Revisar antes de enviar",
            "review_minutes": "Prazo da revisão",
            "at_deadline": "Sem resposta no prazo",
        }
        widgets: ClassVar = {"at_deadline": forms.RadioSelect}

    def __init__(self, agency: Agency, data: Any = None) -> None:
        super().__init__(data, instance=gating.rules_of(agency))
        factor = self.fields["jump_factor"]
        assert isinstance(factor, forms.TypedChoiceField)  # noqa: S101  for the type checker
        factor.choices = [("", "qualquer valor: não segurar"), *JUMP_FACTORS]
        # Stored with a decimal place, 3.0 is 3 and not another choice.
        stored = self.initial["jump_factor"]
        self.initial["jump_factor"] = next((each for each, _ in JUMP_FACTORS if each == stored), None)
