"""What `/admin/` is: configuration alone, entered by the service's own sign-in."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group

# Other packages bring pages of their own: accounts and groups are managed elsewhere or by nobody.
for _model in (Group, EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)

admin.site.site_header = "Hatecase configuration"
admin.site.site_title = "Hatecase configuration"
admin.site.index_title = "Configuration"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
