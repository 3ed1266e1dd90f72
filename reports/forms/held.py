"""What a person adds to a report before they release it. Checks what was typed and writes no row."""

from __future__ import annotations

from django import forms

from reports.forms.contents import WrittenField
from reports.layout import MOST_COMMENT


class CommentForm(forms.Form):
    comment = WrittenField(
        label="Comentário",
        max_length=MOST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Ex.: pausamos a campanha na sexta, por isso o zero."}),
    )
