"""The rules as AppConfig serves them: polled on demand, validated, the last good ones kept."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.rules import MarketCalendars, Rules, RulesError, WithholdingRates
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
        """Two profiles, each with its own session."""
        self._profiles = (
            _Profile(self.settings.appconfig_withholding_rates_profile_id, WithholdingRates.from_document),
            _Profile(self.settings.appconfig_market_calendars_profile_id, MarketCalendars.from_document),
        )

    def rules(self) -> Rules:
        """The present rules. Raises botocore's errors when AppConfig cannot be asked."""
        with self._lock:
            if time.monotonic() - self._asked >= int(self.settings.rules_poll_seconds):
                for profile in self._profiles:
                    self._poll(profile)
                self._asked = time.monotonic()
            rates, calendars = self._profiles
            return Rules(rates.document, calendars.document, rates.version, calendars.version)

    def _poll(self, profile: _Profile) -> None:
        if not profile.token:
            profile.token = self.appconfigdata.start_configuration_session(
                ApplicationIdentifier=self.settings.appconfig_application_id,
                EnvironmentIdentifier=self.settings.appconfig_environment_id,
                ConfigurationProfileIdentifier=profile.profile_id,
            )["InitialConfigurationToken"]
        answer = self.appconfigdata.get_latest_configuration(ConfigurationToken=profile.token)
        profile.token = answer["NextPollConfigurationToken"]
        content = answer["Configuration"].read()
        if not content:
            return
        version = self._deployed_version(profile.profile_id)
        try:
            document = profile.read(json.loads(content))
        except (RulesError, ValueError) as error:
            _LOGGER.error(
                "rules %s version %s refused, the last good ones stay: %s", profile.profile_id, version, error
            )
            return
        profile.document, profile.version = document, version

    def _deployed_version(self, profile_id: str) -> str:
        """The AppConfig version that the newest complete deployment of the profile shipped."""
        pages = self.appconfig.get_paginator("list_deployments").paginate(
            ApplicationId=self.settings.appconfig_application_id, EnvironmentId=self.settings.appconfig_environment_id
        )
        numbers = [each["DeploymentNumber"] for page in pages for each in page["Items"] if each["State"] == "COMPLETE"]
        for number in sorted(numbers, reverse=True):
            deployment = self.appconfig.get_deployment(
                ApplicationId=self.settings.appconfig_application_id,
                EnvironmentId=self.settings.appconfig_environment_id,
                DeploymentNumber=number,
            )
            if deployment["ConfigurationProfileId"] == profile_id:
                return str(deployment["ConfigurationVersion"])
        return ""
