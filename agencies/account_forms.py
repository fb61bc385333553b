"""The sign-in pages' forms: allauth's, in our markup and our words."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth

from agencies.password import HINT
from kernel.forms import GovFormMixin

_CURRENT = "Enter your current password"
_NEW = "Enter a new password"
_AGAIN = "Enter the new password again"
_WRONG_EMAIL = "Enter an email address in the correct format, like name@agency.example"


class _AccountForm(GovFormMixin):
    """Our labels, hints and sentences over allauth's fields; no placeholders."""

    words: dict[str, tuple[str, str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, hint, missing) in self.words.items():
            field = self.fields[name]
            field.label, field.help_text = label, hint
            field.error_messages["required"] = missing
            field.error_messages["invalid"] = _WRONG_EMAIL
            field.widget.attrs.pop("placeholder", None)
            field.widget.attrs["class"] = "govuk-input--width-20"


class SignInForm(_AccountForm, allauth.LoginForm):
    """Email address and password."""

    words = {
        "login": ("Email address", "", "Enter your email address"),
        "password": ("Password", "", "Enter your password"),
    }


class PasswordResetForm(_AccountForm, allauth.ResetPasswordForm):
    """Asks for the address that the link goes to."""

    words = {"email": ("Email address", "The one you sign in with", "Enter your email address")}


class PasswordFromKeyForm(_AccountForm, allauth.ResetPasswordKeyForm):
    """A new password, twice, by the link in a mail."""

    words = {
        "password1": ("New password", HINT, _NEW),
        "password2": ("New password again", "", _AGAIN),
    }


class PasswordChangeForm(_AccountForm, allauth.ChangePasswordForm):
    """A new password, twice, by the present one."""

    words = {
        "oldpassword": ("Current password", "", _CURRENT),
        "password1": ("New password", HINT, _NEW),
        "password2": ("New password again", "", _AGAIN),
    }


class ReauthenticateForm(_AccountForm, allauth.ReauthenticateForm):
    """The password once more, before something that matters."""

    words = {"password": ("Password", "", "Enter your password")}
