"""What the coordinator writes for the readers."""

from django import forms

from readerstudy.preparation.policies import LONGEST

SUGGESTED = """\
Cases come one at a time, in an order drawn for you. A case that is open stays yours until you submit it; \
what you have entered is kept.

- Grade the superior and the inferior half of every body from L1 to S1, all slices together.
- Nothing is preset, and a half without a grade is not taken for "none".
- Leave out lesions of less than 5 mm diameter. In a mixed lesion, give the predominant type.
- Where a half can't be graded, say why. Submitting locks the case.

Type 1 is dark on T1 and bright on T2 (oedema, inflammation). Type 2 is bright on T1 and as marrow or bright \
on T2 (fatty marrow). Type 3 is dark on both (sclerosis).

Don't discuss cases with other readers before the study is locked.
"""
"""Where a coordinator begins; after Gao et al. 2022, section 2.6."""


class InstructionsForm(forms.Form):
    """The whole text, and why it changes."""

    text = forms.CharField(
        max_length=LONGEST,
        label="Instructions",
        help_text="Plain text. An empty line begins a paragraph; lines that begin with “- ” make a list.",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 18}),
    )
    reason = forms.CharField(
        max_length=500,
        required=False,
        label="Reason of the change",
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
