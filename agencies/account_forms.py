"""The sign-in pages' forms: allauth's, in our markup and our words."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth
from allauth.mfa.base import forms as mfa
from allauth.mfa.recovery_codes import forms as recovery_codes
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn

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


# --- The second step ----------------------------------------------------------------------------------

_CODE = ("Code", "6 digits from your authenticator app, or one of your recovery codes", "Enter the code")
_NAME = ("Name of this passkey", "So that you know it from others, for example “Work laptop”", "Enter a name")


class _CodeForm(_AccountForm):
    words = {"code": _CODE}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs.update({"class": "govuk-input--width-10", "spellcheck": "false"})


class CodeForm(_CodeForm, mfa.AuthenticateForm):
    """The code of the second step, at sign-in."""


class CodeAgainForm(_CodeForm, mfa.ReauthenticateForm):
    """The code once more, before something that matters."""


class AppSetUpForm(_CodeForm, totp.ActivateTOTPForm):
    """The first code of a new authenticator app."""

    words = {"code": ("Code", "6 digits that the app shows now", "Enter the code that the app shows")}


class AppRemoveForm(GovFormMixin, totp.DeactivateTOTPForm):
    """Taking an authenticator app away; nothing is typed."""


class RecoveryCodesForm(GovFormMixin, recovery_codes.GenerateRecoveryCodesForm):
    """Making new recovery codes; nothing is typed."""


class PasskeyAddForm(_AccountForm, webauthn.AddWebAuthnForm):
    """A new passkey: its name, and what the browser answers."""

    words = {"name": _NAME}
    mark_optional = False


class PasskeyNameForm(_AccountForm, webauthn.EditWebAuthnForm):
    """Another name for a passkey."""

    words = {"name": _NAME}


class PasskeyForm(GovFormMixin, webauthn.AuthenticateWebAuthnForm):
    """A passkey as the second step; the browser fills it in."""


class PasskeyAgainForm(GovFormMixin, webauthn.ReauthenticateWebAuthnForm):
    """A passkey once more, before something that matters."""
