"""Who is asking: agencies, people, roles, tokens; and what is told to them: notices and mail."""

from agencies.models.agency import Agency, AgreementExtension, District, ServiceStandard
from agencies.models.notice import Mail, Notice
from agencies.models.notification import Digest, NoticePreference, QuietHours
from agencies.models.sign_in import KeptForm, SignIn
from agencies.models.token import ApiToken, IdempotencyRecord
from agencies.models.user import Membership, User

__all__ = [
    "Agency",
    "AgreementExtension",
    "ApiToken",
    "Digest",
    "District",
    "IdempotencyRecord",
    "KeptForm",
    "Mail",
    "Membership",
    "Notice",
    "NoticePreference",
    "QuietHours",
    "ServiceStandard",
    "SignIn",
    "User",
]
