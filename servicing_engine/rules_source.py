"""The rules as AppConfig serves them: polled on demand, validated, the last good ones kept."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from domain.records import RecordError, read_json
from domain.rules import MarketCalendars, Rules, WithholdingRates
from servicing_engine.settings import Settings

_LOGGER = logging.getLogger(__name__)


@dataclass(slots=True)
class _Profile:
    """One configuration profile: its session token, the last good document and the version that it is."""

    profile_id: str
    read: Callable[[Mapping[str, Any]], Any]
    token: str = ""
    document: Any = None
    version: str = ""


@dataclass(slots=True)
class RulesSource:
    """Shared by a task's workers. `rules()` asks AppConfig at most every `rules_poll_seconds`."""

    appconfigdata: Any
    appconfig: Any
    settings: Settings
    _profiles: tuple[_Profile, _Profile] = field(init=False)
    _asked: float = field(init=False, default=float("-inf"))
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Make the two profiles, each with its own session."""
        self._profiles = (
            _Profile(self.settings.appconfig_withholding_rates_profile_id, WithholdingRates.from_document),
            _Profile(self.settings.appconfig_market_calendars_profile_id, MarketCalendars.from_document),
        )

    def rules(self) -> Rules:
        """Return the present rules. Raises botocore's errors when AppConfig cannot be asked and there are no earlier ones."""
        with self._lock:
            if time.monotonic() - self._asked >= int(self.settings.rules_poll_seconds):
                for profile in self._profiles:
                    self._poll_or_keep(profile)
                self._asked = time.monotonic()
            rates, calendars = self._profiles
            return Rules(rates.document, calendars.document, rates.version, calendars.version)

    def with_hosted(self, rates: int | None, calendars: int | None) -> Rules:
        """Return the present rules with these hosted versions, deployed or not, in the place of those that are served; None keeps one.

        Raises botocore's errors where AppConfig does not give a version, and RecordError where a version is refused.
        """
        present = self.rules()
        of_rates, of_calendars = self._profiles
        if rates is not None:
            document = of_rates.read(read_json(self._hosted(of_rates.profile_id, str(rates))))
            present = replace(present, withholding_rates=document, withholding_rates_version=str(rates))
        if calendars is not None:
            document = of_calendars.read(read_json(self._hosted(of_calendars.profile_id, str(calendars))))
            present = replace(present, market_calendars=document, market_calendars_version=str(calendars))
        return present

    def _poll_or_keep(self, profile: _Profile) -> None:
        try:
            self._poll(profile)
        except (BotoCoreError, ClientError):
            profile.token = ""  # what this session served was not used: a new one serves it again
            if profile.document is None:
                raise
            _LOGGER.exception("rules %s cannot be asked for, the last good ones stay", profile.profile_id)

    def _poll(self, profile: _Profile) -> None:
        answer = self.appconfigdata.get_latest_configuration(ConfigurationToken=profile.token or self._session(profile))
        content = answer["Configuration"].read()
        if content:
            version = self._version_of(profile.profile_id, content)
            if not version:
                _LOGGER.error("rules %s: no deployed version has the content that is served", profile.profile_id)
                profile.token = ""
                return
            self._use(profile, content, version)
        profile.token = answer["NextPollConfigurationToken"]

    def _session(self, profile: _Profile) -> str:
        return str(
            self.appconfigdata.start_configuration_session(
                ApplicationIdentifier=self.settings.appconfig_application_id,
                EnvironmentIdentifier=self.settings.appconfig_environment_id,
                ConfigurationProfileIdentifier=profile.profile_id,
            )["InitialConfigurationToken"]
        )

    def _use(self, profile: _Profile, content: bytes, version: str) -> None:
        try:
            profile.document = profile.read(read_json(content))
        except RecordError as error:
            name = profile.profile_id
            _LOGGER.error("rules %s version %s refused, the last good ones stay: %s", name, version, error)
            return
        profile.version = version

    def _version_of(self, profile_id: str, content: bytes) -> str:
        """Return the version that was deployed last with this content, or "" if there is none.

        By content, as AppConfig serves old or new while a deployment is under way and names neither.
        """
        where = {
            "ApplicationId": self.settings.appconfig_application_id,
            "EnvironmentId": self.settings.appconfig_environment_id,
        }
        pages = self.appconfig.get_paginator("list_deployments").paginate(**where)
        numbers = [deployment["DeploymentNumber"] for page in pages for deployment in page["Items"]]
        compared = set()
        for deployment_number in sorted(numbers, reverse=True):
            deployment = self.appconfig.get_deployment(**where, DeploymentNumber=deployment_number)
            version = deployment["ConfigurationVersion"]
            if deployment["ConfigurationProfileId"] == profile_id and version not in compared:
                compared.add(version)
                if self._hosted(profile_id, version) == content:
                    return str(version)
        return ""

    def _hosted(self, profile_id: str, version: str) -> bytes:
        hosted = self.appconfig.get_hosted_configuration_version(
            ApplicationId=self.settings.appconfig_application_id,
            ConfigurationProfileId=profile_id,
            VersionNumber=int(version),
        )
        return bytes(hosted["Content"].read())
