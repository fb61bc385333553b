"""What was posted or sent online, in and out of the API, under one set of names (docs/domain.md §10.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents.choices.online import Known, Platform, PlatformResult, PosterPlace, Reach, Zone, platform_parse
from incidents.selectors.online import platform_text
from incidents.services.online import PostData
from incidents.services.online_account import MOST_URLS, NAME_LIMIT, URL_LIMIT, AccountData
from kernel.api import MomentField, PlainField


def _choice(options: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(options.choices, required=False, allow_blank=True)


class OnlineIn(serializers.Serializer):
    """Where online it happened. What says who posted it is an alleged perpetrator's identity: kept on a suspected or
    recorded crime, put aside otherwise.
    """

    platform = PlainField(
        max_length=60, required=False, allow_blank=True, help_text=f"One of {', '.join(Platform.values)}, or a name."
    )
    url = PlainField(max_length=URL_LIMIT, required=False, allow_blank=True, help_text="The same as one of `urls`.")
    urls = serializers.ListField(
        child=PlainField(max_length=URL_LIMIT),
        required=False,
        max_length=MOST_URLS,
        help_text="Addresses of the posts.",
    )
    username = PlainField(max_length=NAME_LIMIT, required=False, allow_blank=True)
    display_name = PlainField(max_length=NAME_LIMIT, required=False, allow_blank=True)
    profile_url = PlainField(max_length=URL_LIMIT, required=False, allow_blank=True)
    post_id = PlainField(max_length=NAME_LIMIT, required=False, allow_blank=True)
    poster_place = _choice(PosterPlace)
    posted_at = MomentField(required=False, allow_null=True)
    posted_zone = serializers.ChoiceField(Zone.choices, required=False, help_text="In which the platform showed it.")
    reach = _choice(Reach)
    audience = PlainField(max_length=120, required=False, allow_blank=True)
    tagged = PlainField(max_length=200, required=False, allow_blank=True)
    threat = _choice(Known)
    known_offline = _choice(Known)
    removed = _choice(Known)
    reported_to_platform = serializers.BooleanField(required=False, default=False)
    platform_report_date = serializers.DateField(required=False, allow_null=True)
    platform_report_ref = PlainField(max_length=60, required=False, allow_blank=True)
    platform_report_result = _choice(PlatformResult)


_POST = {
    "reported_to_platform": "told",
    "platform_report_date": "told_on",
    "platform_report_ref": "told_ref",
    "platform_report_result": "told_result",
} | {name: name for name in "posted_at posted_zone reach audience tagged threat known_offline removed".split()}
_ACCOUNT = {
    "username": "handle",
    "display_name": "display_name",
    "profile_url": "profile_url",
    "post_id": "post_id",
    "poster_place": "place",
}


def online_data(sent: Mapping[str, Any]) -> tuple[PostData, AccountData]:
    """A validated `online` as the service takes it."""
    platform, other = platform_parse(sent.get("platform", ""))
    post = {ours: sent[theirs] for theirs, ours in _POST.items() if theirs in sent}
    account = {ours: sent[theirs] for theirs, ours in _ACCOUNT.items() if theirs in sent}
    urls = dict.fromkeys(filter(None, [sent.get("url", ""), *sent.get("urls", [])]))
    return PostData(platform=platform, platform_other=other, **post), AccountData(urls=tuple(urls), **account)


class AccountOut(serializers.Serializer):
    """An account that posted it."""

    id = serializers.CharField(source="uid")
    username = serializers.CharField(source="handle")
    display_name = serializers.CharField()
    profile_url = serializers.CharField()
    post_id = serializers.CharField()
    urls = serializers.ListField(child=serializers.CharField())
    poster_place = serializers.CharField(source="place")


class OnlineOut(serializers.Serializer):
    """What is known of a post. `accounts` is null where there are some that the caller has not opened, and empty for
    agencies that may not know alleged perpetrators. `tagged` is empty for those that may not know victims.
    """

    platform = serializers.SerializerMethodField()
    posted_at = serializers.SerializerMethodField()
    posted_zone = serializers.SerializerMethodField()
    reach = serializers.SerializerMethodField()
    audience = serializers.SerializerMethodField()
    tagged = serializers.SerializerMethodField()
    threat = serializers.SerializerMethodField()
    known_offline = serializers.SerializerMethodField()
    removed = serializers.SerializerMethodField()
    reported_to_platform = serializers.SerializerMethodField()
    platform_report_date = serializers.SerializerMethodField()
    platform_report_ref = serializers.SerializerMethodField()
    platform_report_result = serializers.SerializerMethodField()
    screenshot = serializers.SerializerMethodField(help_text="The evidence that it is, for who may know of it.")
    accounts = serializers.SerializerMethodField()

    def get_platform(self, view: Any) -> str:
        return platform_text(view.post) if view.post else ""

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_posted_at(self, view: Any) -> str | None:
        moment = _told(view, "posted_at")
        return MomentField().to_representation(dt.datetime.fromisoformat(moment)) if moment else None

    def get_posted_zone(self, view: Any) -> str:
        return _told(view, "posted_zone")

    def get_reach(self, view: Any) -> str:
        return _told(view, "reach")

    def get_audience(self, view: Any) -> str:
        return _told(view, "audience")

    def get_tagged(self, view: Any) -> str:
        return _told(view, "tagged")

    def get_threat(self, view: Any) -> str:
        return _told(view, "threat")

    def get_known_offline(self, view: Any) -> str:
        return _told(view, "known_offline")

    def get_removed(self, view: Any) -> str:
        return _told(view, "removed")

    def get_reported_to_platform(self, view: Any) -> bool:
        return bool(_told(view, "told"))

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_platform_report_date(self, view: Any) -> str | None:
        return _told(view, "told_on") or None

    def get_platform_report_ref(self, view: Any) -> str:
        return _told(view, "told_ref")

    def get_platform_report_result(self, view: Any) -> str:
        return _told(view, "told_result")

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_screenshot(self, view: Any) -> str | None:
        return view.screenshot.uid if view.screenshot else None

    @extend_schema_field(AccountOut(many=True, allow_null=True))
    def get_accounts(self, view: Any) -> Any:
        return None if view.hidden else AccountOut(view.accounts, many=True).data


def _told(view: Any, name: str) -> Any:
    return (view.post or {}).get(name) or ""
